import { mkdir, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCode, ifPresent, removeFile } from './local-files.js';

/**
 * How one object lies in the folder. Its first writing is the plain file `<key>`; the n-th is `<key>@/<n>`. Writings are made by
 * link(2), which fails when the name is taken, and are never changed: the highest number is the object. So an update that expects
 * writing n creates n + 1, exactly one of many succeeds, and a writer that dies at any point holds up nobody, because there is
 * no lock. A folder in place of a writing says that the object was deleted.
 */
export interface Writing {
  /** Number of this writing; 0 when the object was never written. */
  readonly n: number;
  /** The file; undefined when there is no object. */
  readonly path: string | undefined;
  /** Where the next writing goes. */
  readonly nextPath: string;
}

/** Ends the name of the folder that holds the second and later writings. Keys cannot contain it. */
export const LATER = '@';

const pad = (n: number): string => String(n).padStart(8, '0');

/** The newest writing of the object whose plain file is `base`. */
export async function newestWriting(base: string): Promise<Writing> {
  const folder = base + LATER;
  const later = (await ifPresent(readdir(folder, { withFileTypes: true }))) ?? [];
  const newest = later.reduce<(typeof later)[number] | undefined>(
    (best, entry) => (best === undefined || entry.name > best.name ? entry : best),
    undefined,
  );
  if (newest === undefined) {
    const present = (await ifPresent(stat(base)))?.isFile() === true;
    return {
      n: present ? 1 : 0,
      path: present ? base : undefined,
      nextPath: present ? join(folder, pad(2)) : base,
    };
  }
  const n = Number(newest.name);
  return {
    n,
    path: newest.isFile() ? join(folder, newest.name) : undefined,
    nextPath: join(folder, pad(n + 1)),
  };
}

/** Names one writing: its number and the file's identity. A later writing of the same bytes has another tag. */
export async function writingTag(n: number, file: FileHandle): Promise<string> {
  const { ino, mtimeNs } = await file.stat({ bigint: true });
  return `${n}-${ino}-${mtimeNs}`;
}

/** Opens a writing, runs `use`, closes it. Undefined when the file has gone since. */
export async function withWriting<T>(
  path: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  const file = await ifPresent(open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Marks an object with later writings as deleted; false when another process wrote it first. */
export async function markDeleted(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Frees the disk of every writing before the mark of deletion at `mark`. Nobody reads them any more. */
export async function forgetWritings(base: string, mark: string): Promise<void> {
  const folder = base + LATER;
  for (const entry of (await ifPresent(readdir(folder, { withFileTypes: true }))) ?? []) {
    if (entry.isFile() && entry.name < basename(mark)) await removeFile(join(folder, entry.name));
  }
  await removeFile(base);
}
