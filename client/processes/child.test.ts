import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startChild, type ChildOptions } from './child.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string, more: Partial<ChildOptions> = {}): ChildOptions => ({
  name,
  entry: `client/processes/fixtures/${name}.ts`,
  env: {},
  logFile: join(folder, `${name}.log`),
  readyEvent: 'ready',
  ...more,
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a child process', () => {
  it('is ready when its line says so, and ends when it is asked to', async () => {
    const child = await startChild(fixture('obedient', { env: { GREETING: 'hello' } }));
    expect(child.ready).toEqual({ event: 'ready', greeting: 'hello' });
    expect(child.running()).toBe(true);
    await child.stop();
    expect(child.running()).toBe(false);
    await child.stop();
  });

  it('leaves both of its streams in its log', async () => {
    const child = await startChild(fixture('obedient', { logFile: join(folder, 'both.log') }));
    await child.stop();
    const log = readFileSync(join(folder, 'both.log'), 'utf8');
    expect(log).toContain('starting');
    expect(log).toContain('a line for the log');
  });

  it('is killed when it does not end in time', async () => {
    const child = await startChild(fixture('stubborn'));
    await child.stop(100);
    expect(isThere(child.pid)).toBe(false);
  });

  it('dies at once by kill9, and says that it ended', async () => {
    const child = await startChild(fixture('stubborn'));
    await child.kill9();
    await child.ended;
    expect(child.running()).toBe(false);
  });

  it('names what it said last when it cannot start', async () => {
    await expect(startChild(fixture('broken'))).rejects.toThrow(/ended with code 3: no such folder: \/data/);
  });

  it('is given up when it never says that it is ready', async () => {
    const silent = fixture('stubborn', { readyEvent: 'listening', readyWithinMs: 1500 });
    await expect(startChild(silent)).rejects.toThrow(/said nothing for 1.5 s/);
  });

  it('ends when the process that started it is killed', async () => {
    const entry = join(import.meta.dirname, 'fixtures', 'parent.ts');
    const args = ['--import', 'tsx', entry, join(folder, 'orphan.log')];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isThere(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (isThere(pid)) await sleep(20);
  });
});
