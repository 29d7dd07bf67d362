import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const DAY_MS = 86_400_000;

/** The code of a file system error, e.g. `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The result, or undefined when the file or one of its folders does not exist. */
export async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Creates `folder` with its parents, durably: new entries are synced up to and including `root`. */
export async function makeFolder(folder: string, root: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true });
  if (created === undefined) return;
  for (let at = folder; at.length >= root.length; at = dirname(at)) {
    await syncFolder(at);
    if (at === dirname(at)) return;
  }
}

/** Makes a folder's entries survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file under a name that nothing looks at, and syncs it. Returns its path; the caller links and removes it. */
export async function writeScratch(scratch: string, bytes: Uint8Array): Promise<string> {
  const path = join(scratch, randomUUID());
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return path;
}

/** Gives a complete file its public name; false when that name is taken. Atomic: no reader sees part of it. */
export async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a file; an absent one is fine. */
export async function removeFile(path: string): Promise<void> {
  await ifPresent(unlink(path));
}

/** Removes what writers that died long ago left half-written. */
export async function sweepScratch(scratch: string): Promise<void> {
  for (const name of (await ifPresent(readdir(scratch))) ?? []) {
    const path = join(scratch, name);
    const found = await ifPresent(stat(path));
    if (found !== undefined && found.mtimeMs < Date.now() - DAY_MS) await removeFile(path);
  }
}
