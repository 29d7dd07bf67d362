import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from './scratch-folder.js';

describe('the scratch folder of a worker', () => {
  it('is the one that was named', () => expect(scratchFolder('scratch')).toBe(resolve('scratch')));

  it('is a new one of its own where none was', () => {
    const [first, second] = [scratchFolder(undefined), scratchFolder('')];
    expect([first, second].map((folder) => existsSync(folder))).toEqual([true, true]);
    expect(first).not.toBe(second);
  });
});
