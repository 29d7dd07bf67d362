import type { Explanation } from '../../../domain/explanation.js';
import { table } from '../table.js';

/** The inputs of a version, the one that moves its scores most first. */
export function explanationLines(
  model: string,
  version: number,
  { inputs, rows }: Explanation,
  width: number,
): string[] {
  const total = inputs.reduce((sum, { gain }) => sum + gain, 0);
  const ranked = [...inputs].sort((a, b) => b.meanAbsolute - a.meanAbsolute);
  return [
    `${model} v${version}: how far each input moves the score (before any link function), ${rows} holdout rows`,
    '',
    ...table<Explanation['inputs'][number]>(
      [
        { title: 'input', of: ({ name }) => name, cut: true },
        { title: 'mean |Shapley|', of: ({ meanAbsolute }) => meanAbsolute.toPrecision(4), align: 'right' },
        {
          title: 'gain',
          of: ({ gain }) => `${((100 * gain) / Math.max(total, Number.MIN_VALUE)).toFixed(1)} %`,
          align: 'right',
        },
        { title: 'splits', of: ({ splits }) => String(splits), align: 'right' },
      ],
      ranked,
      width,
    ),
  ];
}

/** What the trainer noticed about the rows. */
export const noticeLines = (notices: readonly string[]): string[] =>
  notices.length === 0
    ? []
    : ['', 'noticed in the training rows:', ...notices.map((notice) => `  ${notice}`)];
