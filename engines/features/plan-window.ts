import { millis } from '../../domain/duration.js';
import { PerennialError } from '../../domain/errors.js';
import { epoch, instant, type Instant } from '../../domain/references.js';
import type { WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';

/** Where a window of kind `all` begins: before any event. */
export const BEGINNING = '0001-01-01T00:00:00.000Z';

/**
 * The blocks that a run at `asOf` reads: train | gap | validation | gap | holdout. The holdout ends at as-of − label delay, where
 * labels are known; `window.length` counts back from there and includes everything. Pure. Throws `spec-invalid` when the blocks
 * leave no time to train on.
 */
export function planWindow({ spec, asOf }: { spec: ModelSpec; asOf: Instant }): WindowPlan {
  const { window } = spec;
  const delay = millis(spec.source.labels.delay);
  const gap = window.gap === undefined ? delay : millis(window.gap);
  const end = epoch(asOf) - delay;
  const holdout = end - millis(window.holdout);
  const validationEnd = holdout - gap;
  const validation = validationEnd - millis(window.validation);
  const trainEnd = validation - gap;
  const train = window.kind === 'fixed' ? end - millis(window.length) : epoch(BEGINNING);
  if (train >= trainEnd) {
    throw new PerennialError({
      type: 'spec-invalid',
      thing: 'window.length',
      value: window.kind === 'fixed' ? window.length : window.kind,
      allowed: 'more than validation, holdout and two gaps together',
      next: 'Make the window longer, or validation and holdout shorter.',
    });
  }
  const span = (from: number, to: number) => ({ from: instant(from), to: instant(to) });
  return {
    asOf: instant(asOf),
    train: span(train, trainEnd),
    validation: span(validation, validationEnd),
    holdout: span(holdout, end),
  };
}
