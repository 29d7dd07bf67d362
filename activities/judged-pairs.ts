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
  /** Rows that were left out: their label is a class that the version does not know. */
  readonly unknownClass: number;
}

/** Labelled rows that two versions both scored. */
export interface JudgedPairs {
  readonly eventTimes: Float64Array;
  readonly labels: Float64Array | string[];
  readonly left: Predicted;
  readonly right: Predicted;
  /** As of {@link JudgedRows}. */
  readonly unknownClass: number;
}

/** Classes of the version that is judged; null for regression. A row with a label of another has no loss. */
type Classes = readonly string[] | null;

/** The rows of one version in one role whose label it knows, in time order. */
export function rowsOfVersion(judged: JudgedTable, who: Who, classes: Classes): JudgedRows {
  const { rows, unknownClass } = indices(judged, who, classes);
  return {
    unknownClass,
    ...commonOf(judged, rows),
    said: predictedAt(judged, rows),
    naive: rows.map((row) => judged.naive[row] ?? null),
    knownAt: Float64Array.from(rows, (row) => judged.knownAt[row] ?? 0),
  };
}

/** The rows that both scored, matched by prediction id, in time order; those whose label the left one knows. */
export function pairByPrediction(
  judged: JudgedTable,
  { left, right, classes }: { readonly left: Who; readonly right: Who; readonly classes: Classes },
): JudgedPairs {
  const others = new Map(indices(judged, right, null).rows.map((row) => [judged.predictionIds[row], row]));
  const { rows: own, unknownClass } = indices(judged, left, classes);
  const pairs = own.flatMap((row) => {
    const other = others.get(judged.predictionIds[row]);
    return other === undefined ? [] : [{ row, other }];
  });
  const rows = pairs.map((pair) => pair.row);
  return {
    unknownClass,
    ...commonOf(judged, rows),
    left: predictedAt(judged, rows),
    right: predictedAt(
      judged,
      pairs.map((pair) => pair.other),
    ),
  };
}

function indices(
  { rows, versions, roles, labels }: JudgedTable,
  { version, role }: Who,
  classes: Classes,
): { readonly rows: number[]; readonly unknownClass: number } {
  const all: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (versions[row] === version && roles[row] === role) all.push(row);
  }
  const known = new Set<unknown>(classes);
  const judged = classes === null ? all : all.filter((row) => known.has(labels[row]));
  return { rows: judged, unknownClass: all.length - judged.length };
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
