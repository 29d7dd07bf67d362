import { PerennialError } from '../../domain/errors.js';
import { assertPrefix } from '../objects/keys.js';
import type { ObjectStore } from '../objects/object-store.js';
import { cover, segmentKey } from './segment-keys.js';
import { listPieces } from './segments.js';
import { openSpool, type Spool } from './spool.js';

/** Lines wait this long in memory before they go to the spool; `flush` does not wait. */
const DRAIN_MS = 50;
const DRAIN_LINES = 2048;
/** As many lines go to the spool at once while it has little room. */
const FEW_LINES = 32;
/** When the spool cannot be written, more lines than this are given up, newest first, and counted. */
const MAX_WAITING_LINES = 200_000;
const LINE_END = 10;
/** An open file of this size becomes a segment of its own. */
const SEAL_BYTES = 16 * 1024 * 1024;

/** Where a log lies. */
export interface SegmentLogOptions {
  readonly store: ObjectStore;
  /** Key prefix of one replica's log, ending in a slash. */
  readonly prefix: string;
  /** Local folder that belongs to this log alone, kept over restarts. */
  readonly spool: string;
}

/** How a log stands; counts since it was opened. */
export interface LogState {
  /** Lines that were appended, those that were given up at once included. */
  readonly taken: number;
  /** Lines that went into the store, those of an earlier process included. */
  readonly stored: number;
  readonly lost: number;
  /** Lines in memory that the spool does not have yet: usually those of the last 50 ms. */
  readonly waiting: number;
  /** Why the spool cannot be written, and since when; null while it can. `since`: epoch milliseconds. */
  readonly problem: { readonly reason: string; readonly since: number } | null;
}

/** An append-only log of JSON lines: memory → local spool → numbered segments in the store, each created once. */
export interface SegmentLog {
  /** Takes complete JSON lines without line ends. Never waits, never throws. */
  append(lines: readonly string[]): void;
  /**
   * Resolves when every line appended before is in the store. Throws what the store throws when it fails; the lines are then
   * synced in the spool, and the next flush, or that of the next process on this spool, stores them.
   */
  flush(): Promise<void>;
  /** Flushes and closes; throws like `flush`, but is closed all the same. */
  close(): Promise<void>;
  /** Lines given up: torn by a power cut, or dropped because the spool could not be written. */
  lost(): number;
  /** How the log stands. */
  state(): LogState;
  /** Every line that is stored or spooled, oldest first. */
  lines(): Promise<string[]>;
}

/** Opens the log of one replica. What an earlier process left in the spool is stored by the first flush. */
export function openSegmentLog({ store, prefix, spool }: SegmentLogOptions): SegmentLog {
  assertPrefix(prefix);
  const state: State = {
    store,
    prefix,
    folder: spool,
    waiting: [],
    taken: 0,
    stored: 0,
    lost: 0,
    problem: null,
    opening: undefined,
    nextSeq: undefined,
  };
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  // What a drain in the background could not write stays in memory; the next flush tries again and reports it.
  const drainNow = (): void => void inOrder(() => drain(state)).catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const drainLater = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      drainNow();
    }, DRAIN_MS).unref();
  };
  const flush = (): Promise<void> => inOrder(() => flushAll(state));
  return {
    append: (lines) => {
      const before = state.waiting.length;
      const after = take(state, lines);
      if (before < DRAIN_LINES && after >= DRAIN_LINES) drainNow();
      else if (after > 0) drainLater();
    },
    flush,
    close: async () => {
      clearTimeout(timer);
      try {
        await flush();
      } finally {
        await (await state.opening)?.close();
      }
    },
    lost: () => state.lost,
    state: () => {
      const { taken, stored, lost, waiting, problem } = state;
      return { taken, stored, lost, waiting: waiting.length, problem };
    },
    lines: () => inOrder(() => readLines(state)),
  };
}

interface State {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly folder: string;
  waiting: string[];
  taken: number;
  stored: number;
  lost: number;
  problem: LogState['problem'];
  opening: Promise<Spool> | undefined;
  /** Unknown until the store was asked. */
  nextSeq: number | undefined;
}

function take(state: State, lines: readonly string[]): number {
  const room = Math.max(0, MAX_WAITING_LINES - state.waiting.length);
  for (const line of lines.slice(0, room)) state.waiting.push(line);
  state.taken += lines.length;
  state.lost += Math.max(0, lines.length - room);
  return state.waiting.length;
}

function openedSpool(state: State): Promise<Spool> {
  if (state.opening === undefined) {
    state.opening = openSpool(state.folder).then(({ spool, torn }) => {
      state.lost += torn;
      return spool;
    });
    state.opening.catch(() => (state.opening = undefined));
  }
  return state.opening;
}

/** Writes what waits to the spool, some lines at a time: where little room is left, fewer. Throws when not even a few fit. */
async function drain(state: State): Promise<Spool> {
  const spool = await spooling(state, () => openedSpool(state));
  for (let some = DRAIN_LINES; state.waiting.length > 0;) {
    const lines = state.waiting.slice(0, some);
    try {
      await spooling(state, () => spool.write(`${lines.join('\n')}\n`));
      state.waiting.splice(0, lines.length);
      state.problem = null;
    } catch (error) {
      if (some <= FEW_LINES) throw error;
      some >>= 2;
    }
  }
  if (spool.size() >= SEAL_BYTES) await seal(state, spool);
  return spool;
}

/** What reached the store makes room in the spool: a backlog larger than the disk goes through in several turns. */
async function flushAll(state: State): Promise<void> {
  for (;;) {
    const before = state.waiting.length;
    const stuck = await drain(state).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await storeSpooled(state, await spooling(state, () => openedSpool(state)));
    if (stuck === undefined) {
      state.problem = null;
      return;
    }
    if (state.waiting.length >= before) throw stuck.error;
  }
}

async function storeSpooled(state: State, spool: Spool): Promise<void> {
  await spooling(state, () => spool.sync());
  state.nextSeq ??= await firstFreeSeq(state, spool);
  await seal(state, spool);
  for (const seq of await spool.sealed()) await upload(state, spool, seq);
}

/** A number is used up only once its file exists: a gap would keep its group from ever being merged. */
async function seal(state: State, spool: Spool): Promise<void> {
  const seq = state.nextSeq;
  if (seq === undefined || spool.size() === 0) return;
  await spooling(state, () => spool.seal(seq));
  state.nextSeq = seq + 1;
}

async function firstFreeSeq(state: State, spool: Spool): Promise<number> {
  const stored = (await listPieces(state.store, state.prefix)).map(({ to }) => to);
  return 1 + [...stored, ...(await spool.sealed())].reduce((a, b) => Math.max(a, b), 0);
}

async function spooling<T>(state: State, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    state.problem = { reason, since: state.problem?.since ?? Date.now() };
    throw new PerennialError(
      {
        type: 'spool-unavailable',
        thing: `spool ${state.folder}`,
        value: reason,
        allowed: 'a local folder that this process may write, with free space',
        next: 'Rows wait in memory meanwhile, and are counted as lost when there are too many; make room, then flush again.',
        retryable: true,
      },
      { cause },
    );
  }
}

/** Stores a sealed file. Its number may be taken by itself (the process died before it removed the file) or by another log. */
async function upload(state: State, spool: Spool, seq: number): Promise<void> {
  const bytes = await spool.read(seq);
  for (let number = seq; ;) {
    const key = segmentKey(state.prefix, number);
    const result = await state.store.put(key, bytes, { ifNoneMatch: '*' });
    if (result.stored || isEqual(bytes, (await state.store.get(key))?.bytes)) {
      state.stored += bytes.reduce((lines, byte) => (byte === LINE_END ? lines + 1 : lines), 0);
      return spool.remove(number);
    }
    const free = await firstFreeSeq(state, spool);
    await spool.renumber(number, free);
    state.nextSeq = free + 1;
    number = free;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}

async function readLines(state: State): Promise<string[]> {
  const spool = await drain(state);
  const stored = await listPieces(state.store, state.prefix);
  const parts: Uint8Array[] = [];
  for (const { key } of cover(stored)) {
    const object = await state.store.get(key);
    if (object !== undefined) parts.push(object.bytes);
  }
  for (const seq of await spool.sealed()) parts.push(await spool.read(seq));
  parts.push(await spool.readOpen());
  const text = Buffer.concat(parts).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}
