import { withDuck } from '../../engines/features/duck.js';
import type { ColumnPair } from '../../engines/tables/compare-tables.js';
import type { TableFile } from '../../engines/tables/read-columns.js';

/** A reference file and what came after it. */
export interface FilePair {
  readonly reference: string;
  readonly current: string;
}

/** How the two files are made. */
export interface FileShape {
  readonly columns: number;
  /** Rows of reference and current. */
  readonly rows: readonly [number, number];
  /** Columns of five texts, after the numeric ones. Default 0. */
  readonly texts?: number;
  /** Decimal places of numbers; absent: all digits. Few digits make small files. */
  readonly decimals?: number;
}

/** Normal, log-normal and rounded columns; the current ones moved by up to 0.08 standard deviations. Seeded, on one thread. */
export async function writeFiles(folder: string, files: FilePair, shape: FileShape): Promise<void> {
  await withDuck({ threads: 1, memoryLimit: '2GB', tempDirectory: folder }, async (duck) => {
    await duck.run('select setseed(0.5)');
    for (const [i, file] of [files.reference, files.current].entries()) {
      const columns = [
        ...Array.from({ length: shape.columns }, (_, c) => `(${number(i, c, shape)})::double as x${c}`),
        ...Array.from({ length: shape.texts ?? 0 }, (_, c) => `'word ' || (random() * 5)::int as w${c}`),
      ];
      const rows = shape.rows[i] ?? 0;
      // A row group is held in memory while it is written: few rows of many columns.
      const group = shape.columns > 100 ? 20_480 : 122_880;
      await duck.run(
        `copy (select ${columns.join(', ')} from range(${rows})) to '${file}' (format parquet, row_group_size ${group})`,
      );
    }
  });
}

function number(side: number, column: number, { columns, decimals }: FileShape): string {
  const moved = (side * 0.08 * column) / columns;
  const normal = `sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) + ${moved}`;
  const value = column % 5 === 3 ? `exp(${normal})` : column % 5 === 4 ? `round(10 * (${normal}))` : normal;
  return decimals === undefined ? value : `round(${value}, ${decimals})`;
}

/** The columns of two files that were written with the same shape, side by side. */
export function sameColumns(reference: TableFile, current: TableFile): ColumnPair[] {
  return reference.columns.flatMap((a) => {
    const b = current.columns.find(({ name }) => name === a.name);
    return b === undefined ? [] : [[a, b]];
  });
}
