import type { Paint, Tone } from '../cli/io.js';

/** One line of a chart: a value per column; NaN leaves a gap. */
export interface ChartLine {
  readonly mark: string;
  readonly name: string;
  readonly values: readonly number[];
  readonly tone: Tone;
}

/** A chart for a terminal. */
export interface Chart {
  readonly title: string;
  readonly columns: readonly string[];
  readonly lines: readonly ChartLine[];
  /** Rows of the plot. @default 14 */
  readonly height?: number;
}

const COLUMN_WIDTH = 3;

/**
 * Draws lines as marks in a grid from 0 to the largest value, with an axis and a legend. Where lines meet, the later one is seen.
 */
export function drawChart({ title, columns, lines, height = 14 }: Chart, paint: Paint): string[] {
  const largest = Math.max(1, ...lines.flatMap(({ values }) => values.filter(Number.isFinite)));
  const step = niceStep(largest / (height - 1));
  const labelWidth = String(step * (height - 1)).length;
  const plot = Array.from({ length: height }, (_, i) => height - 1 - i).map((row) => {
    const cells = columns.map((__, column) => {
      const seen = lines.findLast(({ values }) => Math.round((values[column] ?? Number.NaN) / step) === row);
      const mark = seen === undefined ? ' ' : paint(seen.tone, seen.mark);
      return ' '.repeat(COLUMN_WIDTH - 1) + mark;
    });
    const label = row % 3 === 0 ? String(step * row) : '';
    return `  ${label.padStart(labelWidth)} ┤${cells.join('')}`;
  });
  const axis = `  ${' '.repeat(labelWidth)} └${'─'.repeat(columns.length * COLUMN_WIDTH)}`;
  const names = `  ${' '.repeat(labelWidth + 2)}${columns.map((name) => name.padStart(COLUMN_WIDTH)).join('')}`;
  const legend = lines.map(({ mark, name, tone }) => `${paint(tone, mark)} ${name}`).join('   ');
  return [paint('strong', title), ...plot, axis, names, `  ${legend}`];
}

function niceStep(least: number): number {
  const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000];
  return steps.find((step) => step >= least) ?? Math.ceil(least);
}
