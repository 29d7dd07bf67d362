import type { DescribedTable } from '../../engines/tables/column-facts.js';
import type { Draft } from './draft-spec.js';
import type { TaskGuess } from './guess-task.js';

/** The keys of `source` that say how the file writes numbers, times and missing values. */
export function readingOf(
  { comma, marks }: DescribedTable,
  { time }: TaskGuess,
): Readonly<Record<string, unknown>> {
  return {
    ...(time.value.format === null ? {} : { timeFormat: time.value.format.format }),
    ...(comma ? { decimal: ',' } : {}),
    ...(marks.length === 0 ? {} : { missing: marks }),
  };
}

/** What a reader should know of {@link readingOf}. */
export function readingComments({ comma, marks }: DescribedTable, { time }: TaskGuess): Draft['comments'] {
  const also = time.value.format?.also ?? null;
  const other = also === null ? '' : `; ${also} reads every row as well: make sure`;
  return [
    ...(time.value.format === null
      ? []
      : [{ path: ['source', 'timeFormat'], text: `it reads every row${other}` }]),
    ...(comma ? [{ path: ['source', 'decimal'], text: 'numbers have a decimal comma' }] : []),
    ...(marks.length === 0
      ? []
      : [
          {
            path: ['source', 'missing'],
            text: 'what the file writes for a missing value, in any column; requests send null',
          },
        ]),
  ];
}
