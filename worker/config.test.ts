import { describe, expect, it } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import { readWorkerConfig } from './config.js';

const good = { PERENNIAL_STORE: '/s', PERENNIAL_DATA_ROOTS: '/a:/b', PERENNIAL_STATE: '/t' };

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readWorkerConfig(env);
  } catch (error) {
    if (error instanceof PerennialError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the worker’s environment', () => {
  it('fills in what is left out', () => {
    expect(readWorkerConfig(good)).toEqual({
      store: '/s',
      dataRoots: ['/a', '/b'],
      state: '/t',
      servingUrls: [],
      servingToken: undefined,
      approvers: {},
      taskQueue: 'perennial',
      clock: 'wall',
      staged: false,
      computeSlots: 1,
    });
  });

  it('takes buckets for data roots, beside folders', () => {
    const { dataRoots } = readWorkerConfig({ ...good, PERENNIAL_DATA_ROOTS: 's3://a/b:/data:s3://c' });
    expect(dataRoots).toEqual(['s3://a/b', '/data', 's3://c']);
  });

  it('names every variable that is missing', () => {
    const words = refusal({});
    for (const name of Object.keys(good)) expect(words).toContain(name);
  });

  it.each([
    ['PERENNIAL_APPROVERS', '["ada"]', 'JSON such as {"ml-leads":["ada","grace"]}'],
    ['PERENNIAL_APPROVERS', '{"ml-leads":"ada"}', 'JSON such as'],
    ['PERENNIAL_APPROVERS', '{', 'JSON such as'],
    ['PERENNIAL_SERVING_URLS', 'not an address', 'addresses such as http://127.0.0.1:8080'],
    ['PERENNIAL_CLOCK', 'sundial', 'PERENNIAL_CLOCK'],
    ['PERENNIAL_STAGED', 'yes', 'PERENNIAL_STAGED'],
    ['PERENNIAL_COMPUTE_SLOTS', '0', 'PERENNIAL_COMPUTE_SLOTS'],
    ['PERENNIAL_COMPUTE_SLOTS', 'many', 'PERENNIAL_COMPUTE_SLOTS'],
    ['PERENNIAL_STORE', '', 'PERENNIAL_STORE'],
    ['PERENNIAL_DATA_ROOTS', ':', 'at least one folder or s3://bucket/prefix'],
  ])('refuses %s=%s', (name, value, words) => {
    expect(refusal({ ...good, [name]: value })).toContain(words);
  });

  it('never shows a secret', () => {
    expect(refusal({ PERENNIAL_SERVING_TOKEN: 'hunter2' })).not.toContain('hunter2');
  });
});
