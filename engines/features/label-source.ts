import { millis } from '../../domain/duration.js';
import { FEEDBACK } from '../../domain/spec/labels-section.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { FROZEN } from './feedback-reader.js';

/** Column of the rows that holds the id of the prediction that was made for them, where labels name predictions. */
export const PREDICTION_ID = 'prediction_id';

/** Labels that do not come with the rows: from files of their own, or by feedback. */
export interface LabelSource {
  /** File or pattern below a data root; of feedback its name. */
  readonly from: string;
  /** By feedback: rows that have a label of their own keep it. */
  readonly feedback: boolean;
  /** What a label names. */
  readonly join: 'key' | 'prediction-id';
  /** Column that names the row or prediction. */
  readonly key: string;
  /** Column of the label. */
  readonly label: string;
  /** Column with the time at which a label arrived; undefined: labels are known at event time + delay. */
  readonly arrival: string | undefined;
}

/** Where the labels of a spec come from; undefined when they are a column of the rows. */
export function labelSource({ source, task }: ModelSpec): LabelSource | undefined {
  const { from, join = 'key', key, arrival } = source.labels;
  if (from === undefined) return undefined;
  if (from === FEEDBACK) {
    const { arrival, label } = FROZEN;
    return { from, feedback: true, join, key: join === 'key' ? FROZEN.key : FROZEN.id, label, arrival };
  }
  const named = join === 'key' ? (source.key ?? source.eventTime) : PREDICTION_ID;
  return { from, feedback: false, join, key: key ?? named, label: task.label, arrival };
}

/** The label delay as SQL interval. */
export const delaySql = ({ source }: ModelSpec): string =>
  `INTERVAL '${millis(source.labels.delay)} milliseconds'`;

/** When the label of a row is known: event time + delay, or its arrival where that is later. A null arrival does not count. */
export const knownAtSql = (spec: ModelSpec, moment: string, arrival: string): string =>
  `greatest(${moment} + ${delaySql(spec)}, ${arrival})`;
