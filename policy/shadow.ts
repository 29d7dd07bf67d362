import { millis } from '../domain/duration.js';
import { epoch } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';

/** What the prediction log holds of a shadow so far. */
export interface ShadowSeen {
  readonly pairs: number;
  readonly first: string | null;
  readonly last: string | null;
  /** Distinct event-time hours and days with at least one pair. */
  readonly hours: number;
  readonly days: number;
}

/** Whether a shadow has seen enough. */
export interface ShadowVerdict {
  readonly enough: boolean;
  readonly because: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Enough requests, over a long enough span of event time, spread over 80 % of its hours (spans ≤ 3 days) or days, so that one
 * request dated far ahead proves nothing. `from` is the event time at which the shadow began.
 */
export function judgeShadow(
  spec: ModelSpec,
  from: string,
  watermark: string,
  seen: ShadowSeen,
): ShadowVerdict {
  const { requests, span } = spec.rollout.shadow;
  const length = millis(span);
  const elapsed = epoch(watermark) - epoch(from);
  const spread =
    length <= 3 * DAY
      ? { seen: seen.hours, of: length / HOUR, unit: 'hours' }
      : { seen: seen.days, of: length / DAY, unit: 'days' };
  const needed = Math.ceil(0.8 * spread.of);
  const because = `${seen.pairs} mirrored requests, needs ${requests}; ${spread.seen} ${spread.unit} with traffic, needs ${needed}; event time at ${watermark}`;
  const enough =
    seen.pairs >= requests && elapsed >= length && (requests === 0 || spread.seen >= 0.8 * spread.of);
  return { enough, because };
}
