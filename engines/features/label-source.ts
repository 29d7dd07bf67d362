import { millis } from '../../domain/duration.js';
import type { ModelSpec } from '../../domain/spec/spec.js';

/** Column of the rows that holds the id of the prediction that was made for them, where labels name predictions. */
export const PREDICTION_ID = 'prediction_id';

/** Labels that come from files of their own. */
export interface LabelSource {
  /** File or pattern below a data root. */
  readonly from: string;
  /** What a label names. */
  readonly join: 'key' | 'prediction-id';
  /** Column of the label files that names the row or prediction. */
  readonly key: string;
  /** Column with the time at which a label arrived; undefined: labels are known at event time + delay. */
  readonly arrival: string | undefined;
}

/** Where the labels of a spec come from; undefined when they are a column of the rows. */
export function labelSource({ source }: ModelSpec): LabelSource | undefined {
  const { from, join = 'key', key, arrival } = source.labels;
  if (from === undefined) return undefined;
  const named = join === 'key' ? (source.key ?? source.eventTime) : PREDICTION_ID;
  return { from, join, key: key ?? named, arrival };
}

/** The label delay as SQL interval. */
export const delaySql = ({ source }: ModelSpec): string =>
  `INTERVAL '${millis(source.labels.delay)} milliseconds'`;

/** When the label of a row is known: event time + delay, or its arrival where that is later. A null arrival does not count. */
export const knownAtSql = (spec: ModelSpec, moment: string, arrival: string): string =>
  `greatest(${moment} + ${delaySql(spec)}, ${arrival})`;
