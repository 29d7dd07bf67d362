import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { threadEntry } from './thread-entry.js';

describe('a thread entry', () => {
  it('is TypeScript with its loader when the caller is, found wherever the process was started', () => {
    const { filename, execArgv } = threadEntry('answers', import.meta.url);
    expect(filename).toMatch(/answers\.ts$/);
    expect(execArgv[0]).toBe('--import');
    const loader = /file:[^"]+/.exec(decodeURIComponent(execArgv[1] ?? ''))?.[0] ?? '';
    expect(existsSync(fileURLToPath(loader))).toBe(true);
  });

  it('is JavaScript without a loader when the caller is compiled', () => {
    expect(threadEntry('answers', 'file:///app/dist/engines/threads/caller.js')).toEqual({
      filename: '/app/dist/engines/threads/answers.js',
      execArgv: [],
    });
  });
});
