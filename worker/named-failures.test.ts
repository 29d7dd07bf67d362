import { writeFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import { NamedFailures } from './named-failures.js';

const input: ActivityExecuteInput = { args: [], headers: {} };
const thrownOf = (work: () => Promise<unknown>): Promise<unknown> =>
  new NamedFailures().execute(input, work).catch((error: unknown) => error);

describe('what a step throws', () => {
  it.each([
    [true, false],
    [undefined, true],
  ])('keeps its name; retryable %s makes non-retryable %s', async (retryable, nonRetryable) => {
    const refusal = { type: 'x', thing: 'a', allowed: 'b', next: 'c', ...(retryable && { retryable }) };
    const thrown = await thrownOf(() => Promise.reject(new PerennialError(refusal)));
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(thrown).toMatchObject({ type: 'x', message: 'a; expected b. c', nonRetryable, stack: '' });
  });

  it('is disk-full and not retried when a file did not fit, and names the disk', async () => {
    const thrown = await thrownOf(async () => writeFileSync('/dev/full', 'x'));
    expect(thrown).toMatchObject({ type: 'disk-full', nonRetryable: true });
    expect(String(thrown)).toContain('move PERENNIAL_STATE to a larger disk');
  });

  it('stays as it is when it is nobody’s decision', async () => {
    const fault = new Error('a bug');
    expect(await thrownOf(() => Promise.reject(fault))).toBe(fault);
  });
});
