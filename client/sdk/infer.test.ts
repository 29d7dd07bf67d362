import { describe, expect, it } from 'vitest';
import { inferBody, typedRows } from './infer.js';

const inputs = [
  { name: 'temp', type: 'number' as const },
  { name: 'season', type: 'category' as const },
];

describe('rows to score', () => {
  it('are numbers, texts and null, however a file writes them', () => {
    const rows = [
      { temp: '12.5', season: 3 },
      { temp: '', season: null },
      { temp: ' ' },
      { temp: 'NaN' },
      { temp: NaN },
    ];
    expect(typedRows(inputs, rows)).toEqual([
      { temp: 12.5, season: '3' },
      { temp: null, season: null },
      { temp: null, season: null },
      { temp: null, season: null },
      { temp: null, season: null },
    ]);
  });

  it.each(['warm', '12,5', '0x1F', '1e999', [5], [], {}])(
    'are refused with %j where a number belongs: it is not taken for missing',
    (temp) => {
      const rows = [{ temp: 1 }, { temp }];
      for (const score of [typedRows, inferBody])
        expect(() => score(inputs, rows)).toThrow("input 'temp', row 2 is ");
    },
  );
});
