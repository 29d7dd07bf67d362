import { describe, expect, it } from 'vitest';
import type { Table } from '../features/table.js';
import { encodeTable } from './encode.js';
import { columnNames, fitPreprocessing } from './preprocessing.js';

const number = { type: 'number', from: 'request', maxMissing: 1 } as const;
const category = { type: 'category', from: 'request', maxMissing: 1, maxUnknown: 1 } as const;

function table(numbers: Record<string, number[]>, categories: Record<string, (string | null)[]> = {}): Table {
  const rows = Object.values(numbers)[0]?.length ?? Object.values(categories)[0]?.length ?? 0;
  const columns = Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)] as const);
  const label = new Float64Array(rows);
  const keys = Array<string>(rows).fill('');
  return { rows, keys, eventTimes: label, numbers: Object.fromEntries(columns), categories, label };
}

describe('preprocessing', () => {
  it('standardises numbers by the population deviation and fills a missing one with the mean', () => {
    const rows = table({ x: [1, 3, NaN, 5] });
    const fitted = fitPreprocessing({ x: number }, rows);
    expect(fitted.inputs).toEqual([
      { name: 'x', type: 'number', impute: 3, mean: 3, scale: 1 / Math.sqrt(8 / 3) },
    ]);
    expect(encodeTable(fitted, rows)[2]).toBe(0);
  });

  it('gives one column per level and one for missing or unknown', () => {
    const rows = table({}, { c: ['b', 'a', null, 'b'] });
    const fitted = fitPreprocessing({ c: category }, rows);
    expect(columnNames(fitted)).toEqual(['c=a', 'c=b', 'c?']);
    const later = table({}, { c: ['a', 'zebra', null, ''] });
    expect([...encodeTable(fitted, later)]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
  });

  it('takes the levels that the spec names, also those that the window does not hold', () => {
    const fitted = fitPreprocessing({ c: { ...category, values: [2, 1] } }, table({}, { c: ['1'] }));
    expect(columnNames(fitted)).toEqual(['c=1', 'c=2', 'c?']);
  });

  it('puts numbers before categories, each by name', () => {
    const rows = table({ z: [1, 2], b: [1, 2] }, { a: ['x', 'y'] });
    const fitted = fitPreprocessing({ z: number, a: category, b: number }, rows);
    expect(columnNames(fitted)).toEqual(['b', 'z', 'a=x', 'a=y', 'a?']);
  });

  it('leaves a constant number without effect, whatever comes later', () => {
    const fitted = fitPreprocessing({ x: number }, table({ x: [7, 7, 7] }));
    expect([...encodeTable(fitted, table({ x: [1e9] }))]).toEqual([0]);
  });

  it('leaves a number that is always missing without effect', () => {
    const fitted = fitPreprocessing({ x: number }, table({ x: [NaN, NaN] }));
    expect([...encodeTable(fitted, table({ x: [3, NaN] }))]).toEqual([0, 0]);
  });

  it.each([Infinity, -Infinity, 1e200])('refuses %s by name of the feature', (value) => {
    expect(() => fitPreprocessing({ x: number }, table({ x: [1, value] }))).toThrow(
      /feature 'x' in the training block is '.*'; expected finite numbers/,
    );
  });
});
