import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** More than any of the small files that are kept. @format bytes */
const RESERVE_BYTES = 16_384;

/**
 * Replaces a file so that a reader, also after a power cut, finds the old text or the new one, never a part. One writer at a
 * time per path. On a full disk the text goes into the file `reserve` (see {@link reserveSpace}), which becomes the file. Throws the
 * file system's error; the old text is then still there.
 */
export async function writeDurably(path: string, text: string, reserve?: string): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.draft`;
  try {
    await mkdir(folder, { recursive: true });
    await overwrite(draft, 'w', text);
    await rename(draft, path);
  } catch (error) {
    if (reserve === undefined || !isFull(error)) throw error;
    await overwrite(reserve, 'r+', text);
    await rename(reserve, path);
  }
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes a file whose room on the disk is taken, unless it is there; a disk without room is no error. */
export async function reserveSpace(reserve: string): Promise<void> {
  const draft = `${reserve}.draft`;
  try {
    if ((await readIfPresent(reserve)) !== undefined) return;
    await mkdir(dirname(reserve), { recursive: true });
    await overwrite(draft, 'w', '\n'.repeat(RESERVE_BYTES));
    await rename(draft, reserve);
  } catch {
    // There is no room now; the next start, or the next save that has room, tries again.
    await unlink(draft).catch(() => undefined);
  }
}

/** Writes over the beginning of a file and cuts it off there, so that a file that had room needs no more. */
async function overwrite(path: string, flags: 'w' | 'r+', text: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(text);
    await file.truncate(Buffer.byteLength(text));
    await file.sync();
  } finally {
    await file.close();
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

/** The text of a file; undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
