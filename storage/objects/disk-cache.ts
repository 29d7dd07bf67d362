import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { ifPresent } from './local-files.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNFINISHED = '.unfinished-';

/** Where copies of remote bytes are kept, and how many. */
export interface DiskCacheOptions {
  /** A folder of its own, of one process. May be deleted while nothing uses it. */
  readonly folder: string;
  /** What lies there is never more than this. @format bytes */
  readonly limitBytes: number;
  /** A file used within so many milliseconds is not removed: whoever asked for it may be about to open it. @default an hour */
  readonly keepMs?: number;
}

/** Files that can be had again, the least recently used of which make room for new ones. */
export interface DiskCache {
  /** The file of that name, which counts as a use; undefined when it is not here. */
  find(name: string): Promise<string | undefined>;
  /**
   * Makes room for a file of at most `bytes`, has `fill` write it and say its name, and gives its path. It appears whole or not at
   * all. Throws `cache-full` when only files in use could make room, `cache-too-small` when nothing could, and what `fill` throws.
   */
  add(bytes: number, fill: (path: string) => Promise<string>): Promise<string>;
}

/** A cache in a folder. Creates it at the first use. */
export function createDiskCache(options: DiskCacheOptions): DiskCache {
  const { folder } = options;
  const state: State = {
    ...options,
    keepMs: options.keepMs ?? HOUR_MS,
    reserved: new Map(),
    last: Promise.resolve(),
  };
  return {
    async find(name) {
      const path = join(folder, name);
      const now = new Date();
      return (await ifPresent(utimes(path, now, now).then(() => true))) === true ? path : undefined;
    },
    async add(bytes, fill) {
      const scratch = `${UNFINISHED}${randomUUID()}`;
      await inOrder(state, () => reserve(state, scratch, bytes));
      let name: string | undefined;
      try {
        const filled = await fill(join(folder, scratch));
        await refuseLarger(join(folder, scratch), bytes);
        name = filled;
        return join(folder, name);
      } finally {
        await inOrder(state, () => settle(state, scratch, name));
      }
    },
  };
}

interface State extends Required<DiskCacheOptions> {
  /** Bytes that files being written may come to, by name. */
  readonly reserved: Map<string, number>;
  last: Promise<unknown>;
}

interface Entry {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** One at a time, so that no two files take the same room and none is missed by a count. */
function inOrder(state: State, work: () => Promise<void>): Promise<void> {
  const mine = state.last.then(work);
  state.last = mine.catch(() => undefined);
  return mine;
}

async function reserve(state: State, scratch: string, bytes: number): Promise<void> {
  await makeRoom(state, bytes);
  state.reserved.set(scratch, bytes);
}

/** Gives a complete file its name, or removes what there is of it. */
async function settle({ folder, reserved }: State, scratch: string, name: string | undefined): Promise<void> {
  const path = join(folder, scratch);
  if (name === undefined) await rm(path, { force: true });
  else await rename(path, join(folder, name));
  reserved.delete(scratch);
}

async function makeRoom(state: State, bytes: number): Promise<void> {
  const { folder, limitBytes, keepMs } = state;
  if (bytes > limitBytes) throw tooSmall(state, bytes);
  await mkdir(folder, { recursive: true });
  const entries = (await entriesOf(folder)).sort((a, b) => a.usedMs - b.usedMs);
  const promised = [...state.reserved.values()].reduce((sum, each) => sum + each, 0);
  const kept = entries.filter(({ name }) => !state.reserved.has(name));
  let used = promised + kept.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const { path, name, bytes: size, usedMs } of kept) {
    const keep = name.startsWith(UNFINISHED) ? DAY_MS : keepMs;
    const needed = used + bytes > limitBytes || name.startsWith(UNFINISHED);
    if (!needed || usedMs + keep > Date.now()) continue;
    await rm(path, { force: true });
    used -= size;
  }
  if (used + bytes > limitBytes) throw full(state, bytes, used);
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await ifPresent(stat(path));
    if (found?.isFile() === true) entries.push({ path, name, bytes: found.size, usedMs: found.mtimeMs });
  }
  return entries;
}

async function refuseLarger(path: string, bytes: number): Promise<void> {
  const { size } = await stat(path);
  if (size > bytes) throw new Error(`a staged file has ${size} bytes; room was made for ${bytes}`);
}

function tooSmall({ folder, limitBytes }: State, bytes: number): PerennialError {
  return new PerennialError({
    type: 'cache-too-small',
    thing: `cache ${folder}: a file of ${bytes} bytes`,
    allowed: `at most ${limitBytes} bytes in all`,
    next: 'Raise PERENNIAL_CACHE_BYTES.',
  });
}

function full({ folder, limitBytes }: State, bytes: number, used: number): PerennialError {
  return new PerennialError({
    type: 'cache-full',
    thing: `cache ${folder}: ${bytes} bytes more than the ${used} in use`,
    allowed: `at most ${limitBytes} bytes in all`,
    next: 'Wait until what is running has ended, or raise PERENNIAL_CACHE_BYTES.',
    retryable: true,
  });
}
