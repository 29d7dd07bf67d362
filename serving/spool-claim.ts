import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PerennialError } from '../domain/errors.js';
import { readIfPresent } from './durable-file.js';

/**
 * Makes a spool folder this process's own: two writers would tear each other's log. The claim of a process that is gone is
 * taken over. Resolves with what gives the folder back. Throws `spool-taken` while its owner lives.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'owner.pid');
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => unlink(path).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = Number(await readIfPresent(path));
    if (owner !== process.pid && isAlive(owner)) throw taken(folder, owner);
    await unlink(path).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function taken(folder: string, owner: number): PerennialError {
  return new PerennialError({
    type: 'spool-taken',
    thing: `spool folder ${folder}`,
    value: `in use by process ${owner}`,
    allowed: 'a folder for one serving process alone',
    next: 'Stop that process, or set PERENNIAL_SPOOL (and PERENNIAL_REPLICA) to another.',
  });
}
