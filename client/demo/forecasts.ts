import { epoch } from '../../domain/references.js';
import { DAY_MS } from './plan.js';

/** One hour of the data: what a request carries and what came of it. */
export interface Ride {
  /** The hour, ISO 8601. */
  readonly at: string;
  readonly inputs: Readonly<Record<string, number | string>>;
  readonly count: number;
}

/** The lines of the chart and the table. */
export const LINES = ['static', 'scheduled', 'perennial', 'naive', 'naiveLastWeek'] as const;
/** A line of the chart and the table. */
export type Line = (typeof LINES)[number];

/** What each policy forecast for an hour, by its instant, before the hour's count was known. */
export type Forecasts = Readonly<Record<Line, ReadonlyMap<string, number>>>;

/** Mean absolute error of each line on the rows of [from, to) for which every line has a forecast. */
export interface ErrorSpan {
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly error: Readonly<Record<Line, number>>;
}

/** Errors of all lines on the same rows of [from, to); NaN where no row counts. */
export function errorSpan(rides: readonly Ride[], forecasts: Forecasts, from: string, to: string): ErrorSpan {
  const sums: Record<Line, number> = { static: 0, scheduled: 0, perennial: 0, naive: 0, naiveLastWeek: 0 };
  let rows = 0;
  for (const { at, count } of rides) {
    if (epoch(at) < epoch(from) || epoch(at) >= epoch(to)) continue;
    const values = LINES.map((line) => forecasts[line].get(at));
    if (values.some((value) => value === undefined)) continue;
    rows += 1;
    LINES.forEach((line, i) => (sums[line] += Math.abs((values[i] ?? 0) - count)));
  }
  const error = { ...sums };
  for (const line of LINES) error[line] = sums[line] / rows;
  return { from, to, rows, error };
}

/**
 * The forecast "the same hour, `days` days ago" for every hour; where that hour is missing from the data, the same hour the next
 * multiple of `days` before, up to eight.
 */
export function naiveForecast(rides: readonly Ride[], days: number): Map<string, number> {
  const counts = new Map(rides.map(({ at, count }) => [epoch(at), count]));
  const forecast = new Map<string, number>();
  for (const { at } of rides) {
    for (let k = 1; k <= 8; k += 1) {
      const before = counts.get(epoch(at) - k * days * DAY_MS);
      if (before === undefined) continue;
      forecast.set(at, before);
      break;
    }
  }
  return forecast;
}

/** Calendar months from the month of `from` to that of the last instant before `to`, as spans. */
export function months(from: string, to: string): { from: string; to: string }[] {
  const spans: { from: string; to: string }[] = [];
  let at = new Date(from);
  while (at.getTime() < epoch(to)) {
    const next = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
    const end = Math.min(next.getTime(), epoch(to));
    spans.push({ from: at.toISOString(), to: new Date(end).toISOString() });
    at = next;
  }
  return spans;
}
