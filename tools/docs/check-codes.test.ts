import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareCodes } from './check-codes.js';
import { errorCodes } from './error-codes.js';
import { textOf } from './page-paths.js';

const root = join(import.meta.dirname, '../..');
const codes = new Map([['no-worker', { file: 'client/sdk/errors.ts' }]]);
const messages = (...rows: string[]) =>
  compareCodes(rows.join('\n'), codes).map(({ line, message }) => `${line}: ${message}`);

describe('error codes', () => {
  const found = errorCodes(root);

  it.each([
    ['of a refusal', 'temporal-unreachable', 'client/sdk/errors.ts'],
    ['of either side of a choice', 'temporal-refused', 'client/servers/connect.ts'],
    ['given to a helper function', 'constant-label', 'engines/training/labels.ts'],
    ['given to a helper of another file', 'scorer-hung', 'serving/scoring/session.ts'],
    ['of a failed update', 'wrong-version', 'workflows/rollout/decisions.ts'],
    ['of a retrain without a candidate', 'gates-failed', 'domain/reports.ts'],
  ])('are found: one %s', (_, code, file) => {
    expect(found.get(code)?.file).toBe(file);
  });

  it('come with the fixed words of their messages', () => {
    expect(found.get('no-worker')?.says).toContain('a worker that answers within');
  });

  it('are each told of in docs/troubleshooting.md, and nothing else is', () => {
    expect(compareCodes(textOf(root, 'docs/troubleshooting.md') ?? '', found)).toEqual([]);
  });
});

describe('a page of codes', () => {
  it('accepts a row for each', () => {
    expect(messages('| `no-worker` | none polls | start one |')).toEqual([]);
  });

  it('names what is missing, dead, doubled or empty', () => {
    expect(messages('nothing')).toEqual([
      '1: no-worker of client/sdk/errors.ts has no row: say when it comes and what to do',
    ]);
    const row = '| `no-worker` | none polls | start one |';
    expect(messages(row, '| `long-gone` | a | b |')).toEqual([
      '2: long-gone is given by no code: remove its row',
    ]);
    expect(messages(row, row)).toEqual(['2: no-worker has two rows']);
    expect(messages('| `no-worker` | none polls |  |')).toEqual(['1: no-worker has an empty cell']);
  });
});
