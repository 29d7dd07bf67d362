import { describe, expect, it } from 'vitest';
import { shorten, table, wrap } from './table.js';

const columns = [
  { title: 'name', of: ([name]: readonly [string, string]) => name },
  { title: 'why', of: ([, why]: readonly [string, string]) => why, cut: true },
];

describe('table', () => {
  it('aligns its columns under their titles', () => {
    expect(
      table(columns, [
        ['a', 'short'],
        ['longer', 'x'],
      ]),
    ).toEqual(['name    why', 'a       short', 'longer  x']);
  });

  it('cuts the one column that may be cut, and stays within the width', () => {
    const lines = table(columns, [['name', 'a reason that goes on and on and on']], 20);
    expect(lines.every((line) => [...line].length <= 20)).toBe(true);
    expect(lines[1]).toBe('name  a reason that…');
  });

  it('keeps a cell on one line', () => {
    expect(table(columns, [['a', 'two\nlines']])[1]).toBe('a     two lines');
  });

  it('has its titles alone where there are no rows', () => {
    expect(table(columns, [])).toEqual(['name  why']);
  });
});

describe('text', () => {
  it('is shortened only where it is too long', () => {
    expect(shorten('abc', 3)).toBe('abc');
    expect(shorten('abcd', 3)).toBe('ab…');
  });

  it('is wrapped at spaces, and a word that is too long stays whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('incomprehensible', 5)).toEqual(['incomprehensible']);
    expect(wrap('', 5)).toEqual([]);
  });
});
