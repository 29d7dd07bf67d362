import type { Violation } from '../../domain/source.js';
import { keyColumn } from './candidates.js';
import type { ContractScope } from './contract-scope.js';
import type { StatedColumns } from './label-files.js';
import { labelSource, PREDICTION_ID } from './label-source.js';
import type { OpenSource } from './open-source.js';

/** Columns that are missing (in all files or some), stated twice, or of a type that cannot hold what the spec says. */
export async function columnChecks(scope: ContractScope, open: OpenSource): Promise<Violation[]> {
  const stated = await open.stated();
  const repeated = hasHeader(scope, open) ? repeatedColumns(stated) : [];
  return [...missingColumns(scope, open, stated), ...repeated, ...wrongTypes(scope, open)];
}

/** Where none of the columns is there, the names may be the values of a row: a file without a header. They are then not told. */
function hasHeader({ spec }: ContractScope, open: OpenSource): boolean {
  return wantedColumns(spec).some((name) => open.types.has(name));
}

/** Columns that the spec does not name. They are not read, so they stop nothing. */
export function columnWarnings(scope: ContractScope, open: OpenSource): string[] {
  const { spec } = scope;
  if (spec.source.sql !== undefined || !hasHeader(scope, open)) return [];
  const fed = labelSource(spec)?.feedback === true ? [spec.task.label] : [];
  const wanted = new Set([...wantedColumns(spec), ...fed]);
  const extra = [...open.types.keys()].filter((name) => !wanted.has(name));
  return extra.length === 0
    ? []
    : [`extra-column: ${extra.length} columns are not used: ${extra.slice(0, 20).join(', ')}`];
}

function wantedColumns(spec: ContractScope['spec']): string[] {
  const label = labelSource(spec) === undefined ? [spec.task.label] : [];
  const id = labelSource(spec)?.join === 'prediction-id' ? [PREDICTION_ID] : [];
  const own = [spec.source.eventTime, keyColumn(spec), ...label, ...id];
  const features = spec.source.sql === undefined ? Object.keys(spec.features) : [];
  return [...new Set([...own, ...features])];
}

function missingColumns(
  { spec, candidates }: ContractScope,
  open: OpenSource,
  stated: readonly StatedColumns[],
): Violation[] {
  const fromFiles = wantedColumns(spec).flatMap((column): Violation[] => {
    const lacking = stated.filter(({ columns }) => columns !== undefined && !columns.includes(column));
    const nowhere = !open.types.has(column);
    if (!nowhere && lacking.length === 0) return [];
    const found = nowhere
      ? 'no such column'
      : `none in ${lacking.length} of ${stated.length} files, e.g. ${lacking[0]?.path ?? ''}`;
    return [{ kind: 'missing-column', column, found, allowed: 'a column of this name in every file' }];
  });
  if (spec.source.sql === undefined) return fromFiles;
  const fromSql = candidates.features.filter(({ type }) => type === undefined);
  return [
    ...fromFiles,
    ...fromSql.map(({ name }): Violation => ({
      kind: 'missing-column',
      column: name,
      found: 'no such column in the result of source.sql',
      allowed: 'one column per feature',
    })),
  ];
}

function repeatedColumns(stated: readonly StatedColumns[]): Violation[] {
  const repeated = new Map<string, number>();
  for (const { columns } of stated) {
    const seen = new Set<string>();
    for (const name of columns ?? []) {
      const folded = name.toLowerCase();
      if (seen.has(folded)) repeated.set(folded, (repeated.get(folded) ?? 0) + 1);
      seen.add(folded);
    }
  }
  return [...repeated].map(([column, files]) => ({
    kind: 'duplicate-column',
    column,
    found: `the name more than once (case does not count) in ${files} ${files === 1 ? 'file' : 'files'}`,
    allowed: 'every column name once',
  }));
}

function wrongTypes({ spec, candidates }: ContractScope, open: OpenSource): Violation[] {
  const wrong = (column: string, type: string | undefined, allowed: string): Violation[] =>
    type === undefined ? [] : [{ kind: 'wrong-type', column, found: `type ${type}`, allowed }];
  const label = spec.task.kind === 'regression' ? 'numbers' : 'one class per row';
  return [
    ...(candidates.timed
      ? []
      : wrong(spec.source.eventTime, open.types.get(spec.source.eventTime), 'dates and times')),
    ...(candidates.keyed || !candidates.timed
      ? []
      : wrong(keyColumn(spec), open.types.get(keyColumn(spec)), 'one value per row')),
    ...(candidates.label === undefined ? wrong(spec.task.label, open.types.get(spec.task.label), label) : []),
    ...candidates.features
      .filter(({ column }) => column === undefined)
      .flatMap(({ name, type, spec: { type: wanted } }) =>
        wrong(name, type, wanted === 'number' ? 'numbers' : 'one category per row'),
      ),
  ];
}
