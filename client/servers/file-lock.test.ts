import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock, isLock, lockHolder, type FileLock } from './file-lock.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-lock-'));
  path = join(folder, 'deep', 'thing.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function take(): Promise<FileLock> {
  const lock = await acquireLock(path);
  if (!isLock(lock)) throw new Error('held');
  return lock;
}

describe('a file lock', () => {
  it('is held by one, and says by whom', async () => {
    await take();
    const second = await acquireLock(path, { waitMs: 0 });
    expect(second).toMatchObject({ pid: process.pid });
    expect(lockHolder(path)).toMatchObject({ pid: process.pid });
  });

  it('goes to who waits when it is released', async () => {
    const first = await take();
    let waitedFor: number | undefined;
    const second = acquireLock(path, {
      onWait: ({ pid }) => {
        waitedFor = pid;
        first.release();
      },
    });
    expect(isLock(await second)).toBe(true);
    expect(waitedFor).toBe(process.pid);
  });

  it('is taken over from a process that has died', async () => {
    const { pid } = spawnSync('true');
    (await take()).handTo(pid, {});
    expect(lockHolder(path)).toBeUndefined();
    expect(isLock(await acquireLock(path, { waitMs: 0 }))).toBe(true);
  });

  if (process.platform === 'linux') {
    it('is taken over when its process id belongs to another now', async () => {
      await take();
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"birth":"\d+"/, '"birth":"1"'));
      expect(isLock(await acquireLock(path, { waitMs: 0 }))).toBe(true);
    });
  }

  it.each(['', 'null', '[]', '{"pid":"x"}', '{"pid":-1}', 'half of a {'])(
    'is taken over when its file says %j',
    async (text) => {
      (await take()).release();
      writeFileSync(path, text);
      expect(isLock(await acquireLock(path, { waitMs: 0 }))).toBe(true);
    },
  );

  it('can be handed to a child with a note, and is gone with it', async () => {
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const lock = await take();
    lock.handTo(child.pid ?? 0, { address: 'here' });
    expect(lockHolder(path)).toMatchObject({ pid: child.pid, note: { address: 'here' } });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(lockHolder(path)).toBeUndefined();
  });

  it('is not released by one who lost it', async () => {
    const lost = await take();
    rmSync(path);
    await take();
    lost.release();
    expect(existsSync(path)).toBe(true);
  });

  it('leaves no other files', async () => {
    const lock = await take();
    writeFileSync(path, 'stale');
    const again = await take();
    again.handTo(process.pid, { a: 'b' });
    lock.release();
    again.release();
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
  });

  it('is won by exactly one of many at a time', async () => {
    writeFileSync(join(folder, 'thing.lock'), 'stale');
    path = join(folder, 'thing.lock');
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      const lock = await take();
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(most).toBe(1);
  });
});
