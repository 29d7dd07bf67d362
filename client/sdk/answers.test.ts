import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newLifecycleState } from '../../domain/lifecycle-state.js';
import { readState } from './answers.js';

describe('the state of a model', () => {
  it('is read as a worker of the first version gives it', () => {
    const fixture = new URL('../../domain/fixtures/lifecycle-state-1.json', import.meta.url);
    const first: unknown = JSON.parse(readFileSync(fixture, 'utf8'));
    expect(readState('bike-demand', first)).toMatchObject({
      format: 'perennial-lifecycle/2',
      model: 'bike-demand',
    });
    expect(readState('m', newLifecycleState('m'))).toEqual(newLifecycleState('m'));
  });

  it('is refused as a newer worker gives it, with what to upgrade', () => {
    expect(() => readState('m', { ...newLifecycleState('m'), format: 'perennial-lifecycle/3' })).toThrow(
      /^state of model m is 'perennial-lifecycle\/3'; expected formats up to perennial-lifecycle\/2\. .*upgrade this process/,
    );
  });
});
