import { millis } from '../domain/duration.js';
import { epoch } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Comparison } from '../domain/verdict.js';

/** Rows with labels that a bake needs before it may pass. */
export const BAKE_MIN_ROWS = 24;

/** What the bake knows at one moment. */
export interface BakeSeen {
  readonly since: string;
  readonly watermark: string;
  /** New champion against previous champion on the same requests with matured labels; null when there are too few. */
  readonly comparison: Comparison | null;
  readonly rows: number;
}

/** What to do with the new champion. */
export type BakeVerdict =
  | { readonly kind: 'wait'; readonly because: string }
  | { readonly kind: 'pass' | 'roll-back' | 'pass-unproven'; readonly because: string };

/**
 * Rolls back as soon as the lower bound of the paired relative loss difference exceeds the limit; passes after span + label delay
 * with enough labels; with too few it waits up to three spans and then passes `unproven`.
 */
export function judgeBake(spec: ModelSpec, seen: BakeSeen): BakeVerdict {
  const { span, rollBackIfWorseBy } = spec.rollout.bake;
  const elapsed = epoch(seen.watermark) - epoch(seen.since) - millis(spec.source.labels.delay);
  const measured = seen.comparison;
  const because =
    measured === null
      ? `${seen.rows} labelled rows, too few to compare`
      : `loss ${percent(measured.estimate)} against the previous champion on ${measured.rows} rows, lower bound ${percent(measured.lower)}, limit ${percent(rollBackIfWorseBy)}`;
  if (measured !== null && measured.lower > rollBackIfWorseBy) return { kind: 'roll-back', because };
  if (elapsed < millis(span)) return { kind: 'wait', because };
  if (measured !== null) return { kind: 'pass', because };
  return elapsed >= 3 * millis(span) ? { kind: 'pass-unproven', because } : { kind: 'wait', because };
}

const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
