import type { JS } from '@duckdb/node-api';
import { instant } from '../../domain/references.js';
import type { Violation } from '../../domain/source.js';
import { CANDIDATES, inSpan, keyColumn, labelKind, visibleUntil } from './candidates.js';
import { freshFrom, type ContractScope } from './contract-scope.js';
import { textFound } from './contract-features.js';
import { count, instantLiteral } from './duck.js';
import { labelSource } from './label-source.js';

/** What was learnt of event times. */
export interface TimeFindings {
  readonly violations: Violation[];
  readonly warnings: string[];
  /** Newest visible event time, epoch milliseconds; null when no row is visible. */
  readonly newest: number | null;
}

const DAY_ZERO =
  "moment >= TIMESTAMPTZ '1969-12-31T10:00:00Z' AND moment < TIMESTAMPTZ '1970-01-02T00:00:00Z'";

/** Event times of all rows, window or not: missing, unreadable, the zero of a clock; far future and skipped hours as warnings. */
export async function timeChecks({ duck, spec, plan, candidates }: ContractScope): Promise<TimeFindings> {
  if (!candidates.timed) return { violations: [], warnings: [], newest: null };
  const until = visibleUntil(spec, plan.asOf);
  const seen = await duck.row(
    `SELECT count(*) FILTER (moment IS NULL AND NOT unreadable) AS absent, count(*) FILTER (unreadable) AS wrong,
       count(*) FILTER (${DAY_ZERO}) AS zero, count(*) FILTER (shifted) AS shifted,
       count(*) FILTER (moment > ${instantLiteral(plan.asOf)} + INTERVAL 365 DAY) AS future,
       epoch_ms(max(moment))::DOUBLE AS last, epoch_ms(max(moment) FILTER (moment <= ${instantLiteral(until)}))::DOUBLE AS newest
     FROM ${CANDIDATES}`,
  );
  const column = spec.source.eventTime;
  const violations: Violation[] = [];
  const add = (value: JS | undefined, found: string, allowed: string): void => {
    const rows = count(value);
    if (rows > 0)
      violations.push({ kind: 'event-time', column, found: `${found} in ${rows} rows`, allowed, rows });
  };
  add(seen['absent'], 'no event time', 'an event time in every row');
  add(seen['wrong'], 'text that is no date and time', 'ISO 8601 dates and times');
  add(seen['zero'], '1970-01-01', 'times that happened: this one is what a missing time turns into');
  const warnings: string[] = [];
  const shifted = count(seen['shifted']);
  if (shifted > 0)
    warnings.push(
      `event-time: ${shifted} rows have a local time that the clock skipped; they count one hour later`,
    );
  const future = count(seen['future']);
  if (future > 0) {
    warnings.push(
      `event-time: ${future} rows lie over a year after as-of, up to ${instant(Number(seen['last']))}; they are not visible`,
    );
  }
  return { violations, warnings, newest: typeof seen['newest'] === 'number' ? seen['newest'] : null };
}

/**
 * Labels of the window: present, of the right type, finite. They are mature, so a missing one is a broken promise; not where labels
 * have a source of their own, from which they come when they come.
 */
export async function labelChecks({
  duck,
  spec,
  candidates,
  where,
  rows,
}: ContractScope): Promise<Violation[]> {
  const { label } = candidates;
  if (label === undefined || rows === 0) return [];
  const number = labelKind(spec) === 'number';
  const seen = await duck.row(
    `SELECT count(${label.value}) AS present, count(*) FILTER (${label.wrong ?? 'false'}) AS wrong,
       count(*) FILTER (${number ? `isinf(${label.value})` : 'false'}) AS infinite FROM ${CANDIDATES} WHERE ${where}`,
  );
  const column = spec.task.label;
  const wrong = count(seen['wrong']);
  const infinite = count(seen['infinite']);
  const late = labelSource(spec) !== undefined;
  const missing = late ? 0 : rows - count(seen['present']) - wrong;
  const violations: Violation[] = [];
  if (wrong > 0) violations.push({ kind: 'wrong-type', column, ...textFound(wrong, rows) });
  if (infinite > 0) {
    violations.push({
      kind: 'not-finite',
      column,
      found: `infinity in ${infinite} of ${rows} rows`,
      allowed: 'finite numbers',
      rows: infinite,
    });
  }
  if (missing > 0) {
    const found = `no label in ${missing} of ${rows} rows older than the label delay`;
    violations.push({ kind: 'missing-label', column, found, allowed: 'a label in every row', rows: missing });
  }
  return violations;
}

/** Keys, the number of rows per block, and freshness. */
export async function rowChecks(
  scope: ContractScope,
  { newest, checkFresh }: { readonly newest: number | null; readonly checkFresh: boolean },
): Promise<Violation[]> {
  const violations = await keyChecks(scope);
  if (!scope.candidates.timed) return violations;
  violations.push(...(await blockChecks(scope)));
  const limit = freshFrom(scope.plan);
  if (checkFresh && newest !== null && newest < limit) {
    violations.push({
      kind: 'stale',
      column: scope.spec.source.eventTime,
      found: `newest visible row ${instant(newest)}`,
      allowed: `a row at or after ${instant(limit)}, half-way through the holdout`,
    });
  }
  return violations;
}

async function keyChecks({ duck, spec, candidates, where }: ContractScope): Promise<Violation[]> {
  if (!candidates.keyed) return [];
  const seen = await duck.row(
    `SELECT count(*) FILTER (n > 1 AND key IS NOT NULL) AS keys, sum(n) FILTER (n > 1 AND key IS NOT NULL)::BIGINT AS rows,
       sum(n) FILTER (key IS NULL)::BIGINT AS absent FROM (SELECT key, count(*) AS n FROM ${CANDIDATES} WHERE ${where} GROUP BY key)`,
  );
  const column = keyColumn(spec);
  const violations: Violation[] = [];
  const absent = count(seen['absent']);
  if (absent > 0)
    violations.push({
      kind: 'missing-key',
      column,
      found: `no key in ${absent} rows`,
      allowed: 'a key in every row',
      rows: absent,
    });
  const keys = count(seen['keys']);
  if (keys > 0) {
    const rows = count(seen['rows']);
    violations.push({
      kind: 'duplicates',
      column,
      found: `${keys} keys more than once (${rows} rows)`,
      allowed: 'every key once',
      rows,
    });
  }
  return violations;
}

async function blockChecks({ duck, spec, plan }: ContractScope): Promise<Violation[]> {
  const until = visibleUntil(spec, plan.asOf);
  const needs = [
    { block: 'train', need: spec.window.minRows },
    { block: 'validation', need: 1 },
    { block: 'holdout', need: 1 },
  ] as const;
  const own = labelSource(spec) !== undefined;
  const labelled = own ? 'AND label IS NOT NULL' : '';
  const counts = needs.map(
    ({ block }) => `count(*) FILTER (${inSpan(plan[block], until)} ${labelled}) AS ${block}`,
  );
  const seen = await duck.row(`SELECT ${counts.join(', ')} FROM ${CANDIDATES}`);
  return needs.flatMap(({ block, need }): Violation[] => {
    const rows = count(seen[block]);
    if (rows >= need) return [];
    const { from, to } = plan[block];
    return [
      {
        kind: 'minimum-rows',
        found: `${rows} ${own ? 'labelled ' : ''}rows in ${block} (${from} to ${to})`,
        allowed: `at least ${need}`,
        rows,
      },
    ];
  });
}
