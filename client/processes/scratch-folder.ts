import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder for what a worker may lose: the given one, else a new temporary one, removed when this process ends. Absolute. */
export function scratchFolder(given: string | undefined): string {
  if (given !== undefined && given !== '') return resolve(given);
  const folder = mkdtempSync(join(tmpdir(), 'perennial-worker-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
