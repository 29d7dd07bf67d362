import { describe, expect, it } from 'vitest';
import { refuseNewer } from './formats.js';

describe('a stored object', () => {
  it.each([
    ['perennial-manifest/2', 'perennial-manifest/1'],
    ['perennial-lifecycle/3', 'perennial-lifecycle/2'],
    ['perennial-spec/10', 'perennial-spec/1'],
  ])('of format %s is refused, and names what to upgrade', (format, known) => {
    expect(() => refuseNewer('registry object a/b', { format })).toThrow(
      `registry object a/b is '${format}'; expected formats up to ${known}. A newer version of Perennial wrote it: upgrade this process (worker, serving or client) to that version.`,
    );
  });

  it.each([
    [{ format: 'perennial-manifest/1' }],
    [{ format: 'perennial-lifecycle/1' }],
    [{ format: 'perennial-lifecycle/2' }],
    [{ format: 'csv' }],
    [{ model: 'without a format' }],
    [null],
    ['text'],
  ])('%j is left to its schema', (value) => {
    expect(() => refuseNewer('object', value)).not.toThrow();
  });
});
