import { describe, expect, it } from 'vitest';
import { alignedPairs, readableTime, textBlock, wrapText } from './aligned-text.js';

describe('text for the Web UI', () => {
  it('never has a line that its pane would cut off', () => {
    const long = 'loss -2.3 % against the champion, upper bound +1.0 %, margin +5.0 %, over and over again';
    for (const line of [...wrapText(long), ...alignedPairs([['because', long]])]) {
      expect(line.length).toBeLessThanOrEqual(56);
    }
  });

  it('puts values under each other', () => {
    expect(
      alignedPairs([
        ['champion', 'version 1'],
        ['now', '2011'],
      ]),
    ).toEqual(['champion  version 1', 'now       2011']);
  });

  it('leaves a word alone that is longer than a line', () => {
    expect(wrapText(`a ${'b'.repeat(80)} c`)).toEqual(['a', 'b'.repeat(80), 'c']);
  });

  it('keeps a number and its percent sign together', () => {
    expect(wrapText('bound -0.3 %', 10)).toEqual(['bound', '-0.3 %']);
  });

  it('is fenced, because tables have no borders there', () => {
    expect(textBlock(['a  b'])).toBe('```text\na  b\n```');
  });

  it('writes instants to the minute, in UTC', () => {
    expect(readableTime('2011-04-30T23:00:00.000Z')).toBe('2011-04-30 23:00 UTC');
  });
});
