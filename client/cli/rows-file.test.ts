import { describe, expect, it } from 'vitest';
import { parseCsv } from './rows-file.js';

describe('parseCsv', () => {
  it('reads one object per record', () => {
    expect(parseCsv('a,b\n1,2\n3,\n')).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '' },
    ]);
  });

  it('reads quoted fields with commas, line ends and doubled quotes', () => {
    expect(parseCsv('a,b\r\n"x, ""y""","two\nlines"\r\n')).toEqual([{ a: 'x, "y"', b: 'two\nlines' }]);
  });

  it('reads a last line without a line end, and one that ends in a comma', () => {
    expect(parseCsv('a,b\n1,2')).toEqual([{ a: '1', b: '2' }]);
    expect(parseCsv('a,b\n1,')).toEqual([{ a: '1', b: '' }]);
  });

  it('refuses a record that is too short, by its number', () => {
    expect(() => parseCsv('a,b\n1,2\n3\n')).toThrow('record 3 has 1 fields, the header has 2');
  });

  it('refuses a quote that is never closed', () => {
    expect(() => parseCsv('a\n"x')).toThrow('unexpected quote');
  });
});
