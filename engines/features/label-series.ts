import { millis } from '../../domain/duration.js';
import type { Instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, labelKind } from './candidates.js';
import { epochMs, numbersAt, presentTextAt, readColumns } from './columns.js';
import { count, instantLiteral, type Duck } from './duck.js';
import { knownAtSql, labelSource } from './label-source.js';
import type { Labels } from './table.js';

/** Known labels in order of event time. */
export interface LabelSeries {
  /** Epoch milliseconds, ascending. */
  readonly times: Float64Array;
  readonly labels: Labels;
  /** Epoch milliseconds from which each label was known; absent: event time + delay. */
  readonly knownAt?: Float64Array;
}

/**
 * The labels of the source that are visible at `asOf` (event time + delay ≤ as-of, and arrived by then), in order of event time and
 * key.
 */
export async function loadLabels(duck: Duck, spec: ModelSpec, asOf: Instant): Promise<LabelSeries> {
  const delay = millis(spec.source.labels.delay);
  const number = labelKind(spec) === 'number';
  const usable = number ? 'isfinite(label)' : 'label IS NOT NULL';
  const where = `${usable} AND moment <= ${instantLiteral(asOf)} - INTERVAL '${delay} milliseconds'`;
  const counted = await duck.row(`SELECT count(*) AS n FROM ${CANDIDATES} WHERE ${where}`);
  const late = labelSource(spec)?.arrival !== undefined;
  const known = late ? epochMs(knownAtSql(spec, 'moment', 'label_arrival')) : '0.0::DOUBLE';
  const { columns } = await readColumns(duck, {
    sql: `SELECT ${epochMs('moment')}, label, ${known} FROM ${CANDIDATES} WHERE ${where} ORDER BY moment, key`,
    kinds: ['number', number ? 'number' : 'text', 'number'],
    rows: count(counted['n']),
  });
  const labels = number ? numbersAt(columns, 1) : presentTextAt(columns, 1);
  return { times: numbersAt(columns, 0), labels, ...(late && { knownAt: numbersAt(columns, 2) }) };
}
