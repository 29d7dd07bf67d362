import { PerennialError } from '../../domain/errors.js';

/** Sources whose allowance is remembered; one that was forgotten begins with a full one. */
const MOST_SOURCES = 10_000;

/** How many labels each source may post: those of a minute at once, and as many again as time passes. */
export interface FeedbackLimit {
  /** Counts labels of a source. Throws `too-much-feedback`; then none of them counts. */
  take(source: string, labels: number): void;
}

/** The refusal of a source that posts faster than it may. */
export class TooMuchFeedback extends PerennialError {
  /** After how long as many labels are allowed. @format seconds */
  readonly retryAfter: number;

  constructor(labels: number, perMinute: number, retryAfter: number) {
    super({
      type: 'too-much-feedback',
      thing: 'labels of this source',
      value: labels,
      allowed: `${perMinute} a minute (PERENNIAL_FEEDBACK_PER_MINUTE)`,
      next: `Send them again in ${retryAfter} s; none of them was stored.`,
      retryable: true,
    });
    this.retryAfter = retryAfter;
  }
}

/** A token bucket for each source. `now` is monotonic, in milliseconds. */
export function createFeedbackLimit(perMinute: number, now: () => number): FeedbackLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (source, labels) => {
      const at = now();
      const before = buckets.get(source) ?? { left: perMinute, at };
      const left = Math.min(perMinute, before.left + ((at - before.at) * perMinute) / 60_000);
      const allowed = labels <= left;
      buckets.delete(source);
      buckets.set(source, { left: allowed ? left - labels : left, at });
      const [oldest] = buckets.keys();
      if (buckets.size > MOST_SOURCES && oldest !== undefined) buckets.delete(oldest);
      if (!allowed)
        throw new TooMuchFeedback(labels, perMinute, Math.ceil(((labels - left) * 60) / perMinute));
    },
  };
}
