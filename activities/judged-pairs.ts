import type { Role } from '../domain/predictions.js';
import type { JudgedTable } from '../engines/features/join-outcomes.js';
import type { Predicted } from './metric-rows.js';

/** Who predicted: a version in a role. */
export interface Who {
  readonly version: number;
  readonly role: Role;
}

/** Labelled rows of one version. */
export interface JudgedRows {
  readonly eventTimes: Float64Array;
  readonly labels: Float64Array | string[];
  readonly said: Predicted;
  readonly naive: (number | string | null)[];
  /** Epoch milliseconds from which each label was known. */
  readonly knownAt: Float64Array;
}

/** Labelled rows that two versions both scored. */
export interface JudgedPairs {
  readonly eventTimes: Float64Array;
  readonly labels: Float64Array | string[];
  readonly left: Predicted;
  readonly right: Predicted;
}

/** The rows of one version in one role, in time order. */
export function rowsOfVersion(judged: JudgedTable, who: Who): JudgedRows {
  const rows = indices(judged, who);
  return {
    ...commonOf(judged, rows),
    said: predictedAt(judged, rows),
    naive: rows.map((row) => judged.naive[row] ?? null),
    knownAt: Float64Array.from(rows, (row) => judged.knownAt[row] ?? 0),
  };
}

/** The rows that both scored, matched by prediction id, in time order. */
export function pairByPrediction(judged: JudgedTable, left: Who, right: Who): JudgedPairs {
  const others = new Map(indices(judged, right).map((row) => [judged.predictionIds[row], row]));
  const pairs = indices(judged, left).flatMap((row) => {
    const other = others.get(judged.predictionIds[row]);
    return other === undefined ? [] : [{ row, other }];
  });
  const rows = pairs.map((pair) => pair.row);
  return {
    ...commonOf(judged, rows),
    left: predictedAt(judged, rows),
    right: predictedAt(
      judged,
      pairs.map((pair) => pair.other),
    ),
  };
}

function indices(judged: JudgedTable, { version, role }: Who): number[] {
  const rows: number[] = [];
  for (let row = 0; row < judged.rows; row++) {
    if (judged.versions[row] === version && judged.roles[row] === role) rows.push(row);
  }
  return rows;
}

function commonOf(judged: JudgedTable, rows: readonly number[]) {
  const { labels } = judged;
  return {
    eventTimes: Float64Array.from(rows, (row) => judged.eventTimes[row] ?? 0),
    labels:
      labels instanceof Float64Array
        ? Float64Array.from(rows, (row) => labels[row] ?? 0)
        : rows.map((row) => labels[row] ?? ''),
  };
}

function predictedAt(judged: JudgedTable, rows: readonly number[]): Predicted {
  const scored = rows.map((row) => judged.scores[row] ?? null);
  const complete = scored.filter((scores) => scores !== null);
  return {
    predictions: rows.map((row) => judged.predictions[row] ?? null),
    scores: complete.length === rows.length && rows.length > 0 ? Float64Array.from(complete.flat()) : null,
  };
}
