import type { LabelSeries } from './label-series.js';
import { addTo, mostFrequent } from './label-tally.js';

/** When to forecast, and which labels count then: known by the time, and with event times later than `since`. */
interface Asked {
  readonly times: Float64Array;
  readonly since: (time: number) => number;
}

/**
 * Mean or most frequent class of the labels in a window of event time, where labels do not become known in the order of their event
 * times. A label comes in when it is known and goes out with its event time; one that is known only then never counts.
 */
export function slidingLate(
  { times: labelTimes, labels, knownAt }: Required<LabelSeries>,
  { times, since }: Asked,
): (number | string | null)[] {
  const tally = labels instanceof Float64Array ? tallyMean(labels) : tallyClasses(labels);
  const comes = Array.from(knownAt.keys()).sort((a, b) => (knownAt[a] ?? 0) - (knownAt[b] ?? 0));
  const present = new Uint8Array(labels.length);
  const result = new Array<number | string | null>(times.length).fill(null);
  let next = 0;
  let gone = 0;
  for (const asked of Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0))) {
    const time = times[asked] ?? 0;
    for (; gone < labels.length && (labelTimes[gone] ?? 0) <= since(time); gone++)
      if (present[gone] === 1) tally.change(gone, -1);
    for (; next < comes.length && (knownAt[comes[next] ?? 0] ?? 0) <= time; next++) {
      const index = comes[next] ?? 0;
      if (index < gone) continue;
      present[index] = 1;
      tally.change(index, 1);
    }
    result[asked] = tally.value();
  }
  return result;
}

/** Labels that count at present. */
interface Tally {
  change(index: number, by: 1 | -1): void;
  value(): number | string | null;
}

function tallyMean(labels: Float64Array): Tally {
  let sum = 0;
  let count = 0;
  return {
    change: (index, by) => {
      sum += by * (labels[index] ?? 0);
      count += by;
    },
    value: () => (count === 0 ? null : sum / count),
  };
}

function tallyClasses(labels: readonly string[]): Tally {
  const counts = new Map<string, number>();
  return {
    change: (index, by) => addTo(counts, labels[index] ?? '', by),
    value: () => mostFrequent(counts),
  };
}
