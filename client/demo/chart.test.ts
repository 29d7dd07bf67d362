import { describe, expect, it } from 'vitest';
import { drawChart } from './chart.js';

const plain = (_: unknown, text: string): string => text;
const line = (mark: string, values: number[]) => ({ mark, name: mark, values, tone: 'dim' as const });

describe('a chart', () => {
  it('puts a mark at each value, the largest at the top', () => {
    const drawn = drawChart(
      { title: 't', columns: ['a', 'b'], lines: [line('x', [0, 4])], height: 5 },
      plain,
    );
    expect(drawn).toEqual([
      't',
      '    ┤     x',
      '  3 ┤      ',
      '    ┤      ',
      '    ┤      ',
      '  0 ┤  x   ',
      '    └──────',
      '       a  b',
      '  x x',
    ]);
  });

  it('shows the later line where two meet', () => {
    const drawn = drawChart({ title: '', columns: ['a'], lines: [line('x', [1]), line('y', [1])] }, plain);
    expect(drawn.join('')).toContain('y');
    expect(drawn.slice(0, -1).join('')).not.toContain('x');
  });

  it('leaves a gap where there is no value', () => {
    const drawn = drawChart({ title: '', columns: ['a'], lines: [line('x', [Number.NaN])] }, plain);
    expect(drawn.slice(1, -2).join('')).not.toContain('x');
  });
});
