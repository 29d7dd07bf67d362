/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** The one column that is cut when the table would be too wide. At most one per table. */
  readonly cut?: boolean;
}

const GAP = '  ';

/** Below so many columns, tables leave out what can be asked for otherwise. */
export const NARROW = 60;

/**
 * Lays rows out in columns of equal width, headed by their titles, in at most `width` characters: the `cut` column gives way
 * (never below 8 characters), then the ends of the lines. Cells are plain text: paint whole lines afterwards.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width = 80): string[] {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
  const lines = [columns.map((column) => column.title), ...cells];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => length(line[i]))));
  const surplus = sum(widths) + GAP.length * (columns.length - 1) - width;
  const cut = columns.findIndex((column) => column.cut === true);
  if (surplus > 0 && cut >= 0) widths[cut] = Math.max(8, (widths[cut] ?? 0) - surplus);
  return lines.map((line) =>
    shorten(
      line
        .map((cell, i) => pad(shorten(cell, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.align))
        .join(GAP)
        .trimEnd(),
      Math.max(width, 8),
    ),
  );
}

/** Text of at most `width` characters, its end replaced by `…` where it is longer. */
export function shorten(text: string, width: number): string {
  return length(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Text broken at spaces into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && length(line) + 1 + length(word) > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const length = (text: string | undefined): number => [...(text ?? '')].length;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return align === 'left' ? text + space : space + text;
}
