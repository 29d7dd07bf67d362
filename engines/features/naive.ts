import { millis } from '../../domain/duration.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { LabelSeries } from './label-series.js';
import { addTo, mostFrequent } from './label-tally.js';
import { slidingLate } from './naive-late.js';
import type { ZoneOffset } from './zone-offsets.js';

/** A forecast of the trivial baseline; null when no label that it needs was visible. */
export type NaiveValue = number | string | null;

/** What the trivial baseline forecasts from. */
export interface NaiveInput {
  readonly spec: ModelSpec;
  /** Labels that may be used, ascending in event time. */
  readonly series: LabelSeries;
  /** Event times to forecast for, epoch milliseconds, in any order. */
  readonly times: Float64Array;
  /** Local time of the source, for periods of whole days. */
  readonly offset: ZoneOffset;
}

const DAY_MS = 86_400_000;

/**
 * The spec's trivial baseline at each time, from labels that were visible at that time itself (label event time + delay ≤ time):
 * `seasonal` is the label one lag before, where the lag is the smallest multiple of the period that is at least the label delay;
 * `mean` and `majority` look at the labels of the last `window.length` (all, for a window of kind `all`).
 *
 * A seasonal period of whole days counts on the source's local clock, so that "same hour last week" stays the same hour when the
 * clocks change. A label that arrives later than its delay counts from its arrival. Several labels at one time give their mean, or their most frequent class (of equals the first in text order).
 */
export function naiveValues({ spec, series, times, offset }: NaiveInput): NaiveValue[] {
  const { naive } = spec.task;
  if (naive.kind === 'seasonal') return seasonal({ spec, series, times, offset }, millis(naive.period));
  const delay = millis(spec.source.labels.delay);
  const length = spec.window.kind === 'fixed' ? millis(spec.window.length) : Infinity;
  const spans = { until: (t: number) => t - delay, since: (t: number) => t - delay - length };
  const { labels } = series;
  if (series.knownAt !== undefined)
    return slidingLate({ ...series, knownAt: series.knownAt }, { times, since: spans.since });
  return labels instanceof Float64Array
    ? slidingMeans(series.times, labels, { times, spans })
    : slidingMajority(series.times, labels, { times, spans });
}

function seasonal({ spec, series, times, offset }: NaiveInput, period: number): NaiveValue[] {
  const delay = millis(spec.source.labels.delay);
  const lag = Math.max(1, Math.ceil(delay / period)) * period;
  const local = period % DAY_MS === 0 ? (t: number) => t + offset(t) : (t: number) => t;
  const byTime = new Map<number, number[]>();
  for (const [index, time] of series.times.entries()) {
    const at = local(time);
    const there = byTime.get(at);
    if (there === undefined) byTime.set(at, [index]);
    else there.push(index);
  }
  return Array.from(times, (time) => {
    const indices = byTime.get(local(time) - lag) ?? [];
    const visible = indices.filter((index) => knownAt(series, index, delay) <= time);
    return visible.length === 0 ? null : typical(series, visible);
  });
}

const knownAt = (series: LabelSeries, index: number, delay: number): number =>
  Math.max((series.times[index] ?? Infinity) + delay, series.knownAt?.[index] ?? -Infinity);

function typical({ labels }: LabelSeries, indices: readonly number[]): NaiveValue {
  if (labels instanceof Float64Array)
    return indices.reduce((sum, index) => sum + (labels[index] ?? 0), 0) / indices.length;
  const counts = new Map<string, number>();
  for (const index of indices) addTo(counts, labels[index] ?? '', 1);
  return mostFrequent(counts);
}

interface Spans {
  readonly times: Float64Array;
  readonly spans: { readonly since: (t: number) => number; readonly until: (t: number) => number };
}

function slidingMeans(labelTimes: Float64Array, labels: Float64Array, { times, spans }: Spans): NaiveValue[] {
  const sums = new Float64Array(labels.length + 1);
  for (const [index, label] of labels.entries()) sums[index + 1] = (sums[index] ?? 0) + label;
  return Array.from(times, (time) => {
    const from = firstAfter(labelTimes, spans.since(time));
    const to = firstAfter(labelTimes, spans.until(time));
    return to > from ? ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from) : null;
  });
}

function slidingMajority(
  labelTimes: Float64Array,
  labels: readonly string[],
  { times, spans }: Spans,
): NaiveValue[] {
  const counts = new Map<string, number>();
  const result = new Array<NaiveValue>(times.length).fill(null);
  let from = 0;
  let to = 0;
  const order = Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  for (const index of order) {
    const time = times[index] ?? 0;
    for (; to < labels.length && (labelTimes[to] ?? 0) <= spans.until(time); to++)
      addTo(counts, labels[to] ?? '', 1);
    for (; from < to && (labelTimes[from] ?? 0) <= spans.since(time); from++)
      addTo(counts, labels[from] ?? '', -1);
    result[index] = mostFrequent(counts);
  }
  return result;
}

/** Index of the first time that is later than `limit`. */
function firstAfter(times: Float64Array, limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
