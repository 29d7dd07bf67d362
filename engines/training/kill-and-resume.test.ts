import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { threadEntry } from '../threads/thread-entry.js';

interface News {
  readonly epoch?: number;
  readonly held?: boolean;
  readonly digest?: string;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perennial-train-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the training process; kills it with SIGKILL as soon as `killWhen` is true of something it says. */
async function runProcess(file: string, hold: number, killWhen: (news: News) => boolean): Promise<News[]> {
  const { filename, execArgv } = threadEntry('testing/train-process', import.meta.url);
  const child = spawn(process.execPath, [...execArgv, filename, file, String(hold)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const heard: News[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const news = JSON.parse(line) as News;
    heard.push(news);
    if (killWhen(news)) child.kill('SIGKILL');
  }
  await exited;
  return heard;
}

const killPoints = process.env['PERENNIAL_SOAK'] === '1' ? Array.from({ length: 20 }, (_, i) => 7 + i) : [12];
const never = (): boolean => false;
const digestOf = (heard: readonly News[]): string | undefined => heard.at(-1)?.digest;
const epochsOf = (heard: readonly News[]): number[] => heard.flatMap(({ epoch }) => epoch ?? []);

describe('a training process that is killed', () => {
  it('goes on from its checkpoint and ends in the bytes of an unbroken run', async () => {
    const unbroken = digestOf(await runProcess(join(folder, 'unbroken'), 0, never));
    expect(unbroken).toMatch(/^[0-9a-f]{64}$/);

    const file = join(folder, 'killed');
    const held = await runProcess(file, 5, (news) => news.held === true);
    expect(epochsOf(held)).toEqual([1, 2, 3, 4, 5]);

    for (const at of killPoints) {
      const killed = await runProcess(file, 0, ({ epoch = 0 }) => epoch >= at);
      expect(epochsOf(killed)[0] ?? Infinity).toBeGreaterThanOrEqual(6);
    }
    expect(digestOf(await runProcess(file, 0, never))).toBe(unbroken);
  });
});
