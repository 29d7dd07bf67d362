import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { PerennialError } from '../../domain/errors.js';

/** A file under a data root. */
export interface FoundFile {
  /** Relative to its data root, forward slashes. */
  readonly path: string;
  readonly absolute: string;
}

/**
 * The files that `source.rows` names, sorted by path. The pattern is relative to a data root and may hold `*`, `?` and `**`;
 * names that begin with a dot match only when the pattern writes the dot. The first root that has a match wins.
 *
 * Throws `source-outside-root` for a pattern or symbolic link that leaves the root, `source-missing` when nothing matches.
 */
export async function findFiles(pattern: string, dataRoots: readonly string[]): Promise<FoundFile[]> {
  const segments = checkedSegments(pattern);
  for (const root of dataRoots) {
    const files = await matchesUnder(root, segments);
    if (files.length > 0) return files;
  }
  throw nothingMatches(pattern, dataRoots);
}

/** A pattern that names no file. */
export function nothingMatches(pattern: string, dataRoots: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'source-missing',
    thing: 'source.rows',
    value: pattern,
    allowed: `a file or pattern that exists under one of the ${dataRoots.length} configured data roots`,
    next: 'Deliver the file, or correct the path in the spec.',
    retryable: true,
  });
}

/** Whether a path has wildcards, so that it may match nothing yet. */
export const isPattern = (path: string): boolean => /[*?]/.test(path);

/** Throws `source-missing` when a root that is a folder is not there: nobody can tell then whether nothing matches. */
export async function requireRoots(pattern: string, folders: readonly string[]): Promise<void> {
  const there = await Promise.all(folders.map(isFolder));
  const missing = there.filter((found) => !found).length;
  if (missing === 0) return;
  throw new PerennialError({
    type: 'source-missing',
    thing: 'source.rows',
    value: pattern,
    allowed: `a pattern under data roots that are there; ${missing} of the ${folders.length} configured are not`,
    next: "Mount the folder, or correct the data roots of the worker's configuration.",
    retryable: true,
  });
}

/** The absolute path of a file that an earlier {@link findFiles} named, or undefined when it is gone. Links are checked again. */
export async function locate(path: string, dataRoots: readonly string[]): Promise<string | undefined> {
  const segments = checkedSegments(path);
  for (const root of dataRoots) {
    const absolute = join(root, ...segments);
    if (await isFile(absolute)) {
      await requireInside(root, absolute, path);
      return absolute;
    }
  }
  return undefined;
}

/** The names between the slashes of a pattern. Throws `source-outside-root` for one that climbs or is not relative. */
export function checkedSegments(pattern: string): string[] {
  const segments = pattern.split('/');
  const climbs = segments.some((segment) => segment === '..' || segment === '.' || segment === '');
  if (climbs || /^[A-Za-z]:|\\|\0|^[a-z0-9]+:\/\//.test(pattern)) throw outside(pattern);
  return segments;
}

/** A pattern or link that leaves every data root. */
export function outside(pattern: string): PerennialError {
  return new PerennialError({
    type: 'source-outside-root',
    thing: 'source.rows',
    value: pattern,
    allowed:
      "a path inside a configured data root, relative or s3://bucket/…, with '/' between names and without '..'",
    next: "Move the file under a data root of the worker's configuration, or have that root added there.",
  });
}

async function matchesUnder(root: string, segments: readonly string[]): Promise<FoundFile[]> {
  const found: string[] = [];
  await walk(root, [], segments, found);
  const files: FoundFile[] = [];
  for (const path of [...new Set(found)].sort()) {
    const absolute = join(root, ...path.split('/'));
    await requireInside(root, absolute, path);
    files.push({ path, absolute });
  }
  return files;
}

async function walk(
  root: string,
  at: readonly string[],
  rest: readonly string[],
  found: string[],
): Promise<void> {
  const [segment, ...after] = rest;
  if (segment === undefined) {
    if (await isFile(join(root, ...at))) found.push(at.join('/'));
    return;
  }
  if (segment === '**') await walk(root, at, after, found);
  for (const entry of await names(join(root, ...at))) {
    if (segment === '**') {
      if (!entry.startsWith('.') && (await isFolder(join(root, ...at, entry))))
        await walk(root, [...at, entry], rest, found);
    } else if (matches(segment, entry)) await walk(root, [...at, entry], after, found);
  }
}

/** Whether a name fits one segment of a pattern. */
export function matches(segment: string, name: string): boolean {
  if (name.startsWith('.') && !segment.startsWith('.')) return false;
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // Not a folder, or gone: nothing in it matches.
  }
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** Whether there is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function requireInside(root: string, absolute: string, path: string): Promise<void> {
  const realRoot = await realpath(root);
  const real = await realpath(absolute);
  if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) throw outside(path);
}
