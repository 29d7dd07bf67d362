import type { PredictionRow, Role } from '../../domain/predictions.js';
import type { Rows, Scored } from '../scoring/protocol.js';
import type { RequestContract } from './contract.js';

/** What the log says of a request whatever the version that scores it. One member per row in every array. */
export interface Receipt {
  readonly receivedAt: string;
  readonly ids: readonly string[];
  readonly keys: readonly string[];
  readonly eventTimes: readonly string[];
  readonly aheadOfClock: readonly boolean[];
  /** Raw inputs by feature name, null where missing. */
  readonly inputs: readonly PredictionRow['inputs'][];
}

/** Raw inputs of every row, by name. */
export function inputsByRow(rows: Rows, contract: RequestContract): PredictionRow['inputs'][] {
  return Array.from({ length: rows.count }, (_, row) => {
    const inputs: PredictionRow['inputs'] = {};
    let number = 0;
    let category = 0;
    for (const { name, type } of contract.inputs) {
      if (type === 'number') {
        const value = rows.numbers[number++ * rows.count + row] ?? NaN;
        inputs[name] = Number.isNaN(value) ? null : value;
      } else inputs[name] = rows.categories[category++]?.[row] ?? null;
    }
    return inputs;
  });
}

/** Rows of the prediction log for one version's scores of a request. */
export function logRows(
  receipt: Receipt,
  scored: Scored,
  by: { readonly model: string; readonly version: number; readonly role: Role },
): PredictionRow[] {
  const count = receipt.ids.length;
  const width = (scored.scores?.length ?? 0) / count;
  return receipt.ids.map((id, row) => ({
    prediction_id: id,
    model: by.model,
    version: by.version,
    role: by.role,
    key: receipt.keys[row] ?? id,
    event_time: receipt.eventTimes[row] ?? receipt.receivedAt,
    received_at: receipt.receivedAt,
    ahead_of_clock: receipt.aheadOfClock[row] ?? false,
    prediction: scored.predictions[row] ?? 0,
    scores: scored.scores === null ? null : [...scored.scores.subarray(row * width, (row + 1) * width)],
    inputs: receipt.inputs[row] ?? {},
  }));
}
