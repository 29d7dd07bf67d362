import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifPresent } from './local-files.js';
import { LATER, newestWriting } from './local-writings.js';
import type { ListedObject } from './object-store.js';

/** Objects below `root` whose key starts with `prefix`, by key in code-unit order. Reads one folder at a time. */
export async function* listFolder(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk({ root, prefix }, folder);
}

interface Walk {
  readonly root: string;
  readonly prefix: string;
}

async function* walk(within: Walk, folder: string): AsyncGenerator<ListedObject> {
  for (const { name, rewritten } of await entriesOf(join(within.root, folder))) {
    const key = folder + name;
    // A folder is named with its slash, so that `a-b` comes before `a/b` as their keys do.
    const relevant = key.startsWith(within.prefix) || (name.endsWith('/') && within.prefix.startsWith(key));
    if (!relevant) continue;
    if (name.endsWith('/')) {
      yield* walk(within, key);
      continue;
    }
    const found = await newestFile(join(within.root, key), rewritten);
    if (found !== undefined) yield { key, bytes: found.size, modifiedAt: found.mtimeMs };
  }
}

/** Folder names directly below `path` that hold an object, sorted. */
export async function listNames(path: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of await entriesOf(path)) {
    if (!name.endsWith('/')) continue;
    const first = await listFolder(join(path, name), '').next();
    if (first.done !== true) names.push(name.slice(0, -1));
  }
  return names;
}

interface Entry {
  /** Ends in a slash when it is a folder of keys. */
  readonly name: string;
  /** True when the object has later writings. */
  readonly rewritten: boolean;
}

async function entriesOf(path: string): Promise<Entry[]> {
  const found = new Map<string, boolean>();
  for (const entry of (await ifPresent(readdir(path, { withFileTypes: true }))) ?? []) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (!entry.isDirectory()) found.set(name, found.get(name) ?? false);
    else if (name.endsWith(LATER)) found.set(name.slice(0, -LATER.length), true);
    else found.set(`${name}/`, false);
  }
  const byName = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName.map(([name, rewritten]) => ({ name, rewritten }));
}

async function newestFile(base: string, rewritten: boolean): Promise<Stats | undefined> {
  const path = rewritten ? (await newestWriting(base)).path : base;
  return path === undefined ? undefined : ifPresent(stat(path));
}
