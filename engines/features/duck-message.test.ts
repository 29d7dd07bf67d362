import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { withDuck } from './duck.js';
import { withoutValues } from './duck-message.js';

const limits = { threads: 1, memoryLimit: '500MB', tempDirectory: tmpdir() };

/** What is told of a statement that fails on a row whose values are planted. */
async function told(expression: string): Promise<string> {
  return withDuck(limits, async (duck) => {
    await duck.run(
      `CREATE TABLE rows AS SELECT 'planted-text' AS t, 'planted' || chr(10) || 'line' AS l, 2147483647::INT AS n, 17.123456789 AS y`,
    );
    try {
      await duck.rows(`SELECT ${expression} FROM rows`);
    } catch (error) {
      return withoutValues(error);
    }
    throw new Error('it did not fail');
  });
}

describe('what is told of an engine’s error', () => {
  it.each([
    [
      'cast(t AS INTEGER)',
      'Conversion Error: Could not convert string … to INT32 when casting from source column t',
    ],
    ['cast(l AS INTEGER)', 'Conversion Error: Could not convert string …'],
    ['cast(n AS TINYINT)', /^Conversion Error: Type INT32 with value … can't be cast/],
    ['cast(y AS DECIMAL(3,2))', /^Conversion Error: Casting value …/],
    ['t::DATE', /^Conversion Error: invalid date field format: …/],
    ["strptime(t, '%Y')", 'Invalid Input Error (its text could show a row and is left out)'],
    ['error(t)', 'Invalid Input Error (its text could show a row and is left out)'],
    ['error(l)', 'Invalid Input Error (its text could show a row and is left out)'],
    ['n + n', 'Out of Range Error (its text could show a row and is left out)'],
    ["json_extract(t, '$.a')", 'Invalid Input Error (its text could show a row and is left out)'],
    ['nobody', /^Binder Error: Referenced column "nobody" not found/],
  ])('names the fault of %s and no value', async (expression, words) => {
    const text = await told(expression);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/planted|2147483647|17\.12|line/);
  });

  it('is all that leaves the database', async () => {
    const failing = withDuck(limits, (duck) => duck.rows("SELECT error('planted')"));
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(String(error)).toBe('Error: Invalid Input Error (its text could show a row and is left out)');
    expect(inspect(error)).not.toContain('planted');
  });
});
