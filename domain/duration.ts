import { z } from 'zod';

const UNIT_MS = {
  ms: 1,
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

const PATTERN = /^(\d+(?:\.\d+)?) (ms(?!s)|millisecond|second|minute|hour|day|week)s?$/;

/** Longer ones overflow dates. */
const MAX_MS = 100 * 366 * UNIT_MS.day;

/** A duration as people write it: a number and a unit, e.g. `90 days`, `1 hour`, `50 ms`. Days are 24 hours. */
export const durationSchema = z
  .string()
  .regex(PATTERN, {
    message: "a duration such as '90 days' (milliseconds, seconds, minutes, hours, days or weeks)",
    abort: true,
  })
  .refine((text) => millis(text) <= MAX_MS, { message: 'a duration of at most 100 years' })
  .meta({ title: 'duration' });

/** A duration string that {@link durationSchema} accepted. */
export type Duration = string;

/** Milliseconds of a duration. Throws a RangeError on text that {@link durationSchema} would refuse. */
export function millis(duration: Duration): number {
  const match = PATTERN.exec(duration);
  const unit = match?.[2];
  if (match === null || unit === undefined) {
    throw new RangeError(`duration is '${duration}'; expected a number and a unit such as '90 days'`);
  }
  return Number(match[1]) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Writes milliseconds in the largest unit that fits without a fraction, e.g. 604800000 → `1 week`. */
export function formatMillis(ms: number): string {
  const { ms: _, ...named } = UNIT_MS;
  const units = Object.entries(named).reverse();
  for (const [unit, size] of units) {
    if (ms >= size && ms % size === 0) return `${ms / size} ${unit}${ms === size ? '' : 's'}`;
  }
  return `${ms} milliseconds`;
}
