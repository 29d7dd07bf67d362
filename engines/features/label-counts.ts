import type { Instant } from '../../domain/references.js';
import type { LabelCounts, WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, inSpan, visibleUntil } from './candidates.js';
import { count, instantLiteral, type Duck } from './duck.js';
import { LABEL_ROWS, labelsAtSql, usableSql } from './label-rows.js';
import { labelSource } from './label-source.js';
import { SOURCE_ROWS } from './sql-rows.js';
import { BLOCKS } from './table.js';

/** The labels of a window at its as-of; undefined when they are a column of the rows. */
export async function countWindowLabels(
  duck: Duck,
  spec: ModelSpec,
  plan: WindowPlan,
): Promise<LabelCounts | undefined> {
  const own = labelSource(spec);
  if (own === undefined) return undefined;
  const blocks = BLOCKS.map((block) => `(${inSpan(plan[block], visibleUntil(spec, plan.asOf))})`);
  const table = spec.source.sql === undefined ? CANDIDATES : SOURCE_ROWS;
  const counts = await countLabels(duck, { table, where: `(${blocks.join(' OR ')})`, at: plan.asOf });
  if (!own.feedback) return counts;
  const inRows = await duck.row(
    `SELECT count(DISTINCT label_id) AS n FROM ${table} WHERE own_label IS NOT NULL AND label_id IN (SELECT id FROM ${LABEL_ROWS} WHERE ${usableSql(plan.asOf)})`,
  );
  const wrong = await duck.row(`SELECT count(*) FILTER (wrong) AS n FROM ${LABEL_ROWS}`);
  return { ...counts, unusable: count(wrong['n']), inRows: count(inRows['n']) };
}

/** Where labels are counted: the table of rows with `label_id`, and which of its rows are asked about. */
interface CountedRows {
  readonly table: string;
  readonly where: string;
  readonly at: Instant;
}

async function countLabels(duck: Duck, { table, where, at }: CountedRows): Promise<LabelCounts> {
  const usable = usableSql(at);
  const read = await duck.row(
    `SELECT count(*) AS rows, count(*) FILTER (id IS NULL) AS no_key, count(*) FILTER (label IS NULL AND NOT wrong) AS no_label,
       count(*) FILTER (undated) AS undated, count(*) FILTER (arrival > ${instantLiteral(at)}) AS not_yet,
       count(*) FILTER (${usable}) AS usable FROM ${LABEL_ROWS}`,
  );
  const said = await duck.row(
    `SELECT count(*) AS ids, coalesce(sum(labels), 0)::BIGINT AS labels, count(*) FILTER (NOT conflicting AND labels > 1) AS corrected,
       count(*) FILTER (conflicting) AS conflicting,
       count(*) FILTER (id NOT IN (SELECT label_id FROM ${table} WHERE label_id IS NOT NULL)) AS without_row
     FROM ${labelsAtSql(at)} JOIN (SELECT id, count(DISTINCT label) AS labels FROM ${LABEL_ROWS} WHERE ${usable} GROUP BY id) USING (id)`,
  );
  const rows = await duck.row(`SELECT count(*) AS n FROM ${table} WHERE ${where} AND label IS NULL`);
  return {
    rows: count(read['rows']),
    keys: count(said['ids']),
    repeated: count(read['usable']) - count(said['labels']),
    corrected: count(said['corrected']),
    conflicting: count(said['conflicting']),
    withoutRow: count(said['without_row']),
    withoutKey: count(read['no_key']),
    withoutLabel: count(read['no_label']),
    withoutArrival: count(read['undated']),
    notYet: count(read['not_yet']),
    unlabelled: count(rows['n']),
  };
}
