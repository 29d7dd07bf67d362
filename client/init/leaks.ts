import { identifier } from '../../engines/features/duck.js';
import type { ColumnFacts, DescribedTable } from '../../engines/tables/column-facts.js';
import type { TaskGuess } from './guess-task.js';

/** From these on, a single column says so much of the label that it was hardly known before it. */
const CORRELATED = 0.95;
const EXPLAINED = 0.9;
const PURE = 0.98;
const FEW_ROWS = 20;

/** Why a column looks like a leak of the label; null where it does not. */
export async function leakOf(
  table: DescribedTable,
  task: TaskGuess,
  column: ColumnFacts,
): Promise<string | null> {
  const label = task.label.value;
  const share = (value: number): string => `${(value * 100).toFixed(0)} %`;
  if (task.kind.value === 'multiclass') {
    if (column.distinct > table.rows / 20) return null;
    const pure = await table.measure(purity(column, label));
    return pure >= PURE ? `each of its values goes with one class (${share(pure)} of the rows)` : null;
  }
  const y =
    task.kind.value === 'binary'
      ? `(${identifier(label.name)} = (SELECT max(${identifier(label.name)}) FROM t))::INT`
      : identifier(label.name);
  if (column.kind === 'integer' || column.kind === 'float') {
    const correlation = Math.abs(await table.measure(`corr(${identifier(column.name)}, ${y})`));
    return correlation >= CORRELATED
      ? `it follows the label too closely (correlation ${correlation.toFixed(3)})`
      : null;
  }
  if (column.distinct > table.rows / 20) return null;
  const explained = await table.measure(explainedVariance(column, y));
  return explained >= EXPLAINED ? `it alone explains ${share(explained)} of the label’s variance` : null;
}

const purity = (column: ColumnFacts, label: ColumnFacts): string =>
  `(SELECT sum(most) FROM (SELECT max(n) AS most FROM (SELECT ${identifier(column.name)} AS c, count(*) AS n FROM t
    GROUP BY c, ${identifier(label.name)}) GROUP BY c)) / count(*)`;

const explainedVariance = (column: ColumnFacts, y: string): string =>
  `1 - (SELECT sum(within) FROM (SELECT var_pop(${y}) * count(*) AS within FROM t GROUP BY ${identifier(column.name)}))
    / nullif(var_pop(${y}) * count(*), 0)`;

/** For each number that, with another, adds up to the label in every row: the name of the other. */
export async function summandsOf(
  table: DescribedTable,
  { label, kind }: TaskGuess,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (kind.value !== 'regression') return found;
  const numbers = table.columns.filter(
    (column) =>
      (column.kind === 'integer' || column.kind === 'float') && column !== label.value && column.distinct > 1,
  );
  const [target = [], ...first] = await table.firstRows([label.value, ...numbers], FEW_ROWS);
  for (const [i, one] of numbers.entries()) {
    for (const [j, other] of numbers.entries()) {
      // A few rows rule out nearly all: of 200 columns there are 40,000 pairs.
      if (i === j || !target.every((sum, row) => (first[i]?.[row] ?? NaN) + (first[j]?.[row] ?? NaN) === sum))
        continue;
      const sum = `${identifier(one.name)} + ${identifier(other.name)} = ${identifier(label.value.name)}`;
      if ((await table.measure(`bool_and(${sum})::INT`)) === 1) found.set(one.name, other.name);
    }
  }
  return found;
}
