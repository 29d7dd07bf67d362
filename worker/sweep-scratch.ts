import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** No step that writes scratch runs longer. @format milliseconds */
const STEP_MS = 24 * 3_600_000;
/** Rows that a program trains on, and snapshots on their way to the store. */
const OURS = /^(command|snapshot)-/;

/**
 * Removes what steps of killed workers left in the scratch folder. Other workers may share the folder: what is younger than the longest
 * step may be in use and stays. So does what cannot be removed; a folder that is not there is empty.
 */
export async function sweepScratch(folder: string, now: number = Date.now()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((found) => OURS.test(found))) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined || found.mtimeMs >= now - STEP_MS) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
