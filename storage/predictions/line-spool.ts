import { PerennialError } from '../../domain/errors.js';
import { openSpool, type Spool } from './spool.js';
import { inTurns } from '../../domain/turns.js';

/** So many waiting lines go to the spool at once. */
export const DRAIN_LINES = 2048;
/** As many lines go to the spool at once while it has little room. */
const FEW_LINES = 32;
/** When the spool cannot be written, more lines than this are given up, newest first, and counted. */
const MAX_WAITING_LINES = 200_000;
/** An open file of this size becomes a segment of its own. */
const SEAL_BYTES = 16 * 1024 * 1024;

/** How the local part of a log stands; counts since it was opened. */
export interface LineSpoolState {
  /** Lines that were appended, those that were given up at once included. */
  readonly taken: number;
  /** Lines given up: torn by a power cut, or dropped because the spool could not be written. */
  readonly lost: number;
  /** Lines in memory that the spool does not have yet: usually those of the last 50 ms. */
  readonly waiting: number;
  /** Why the spool cannot be written, and since when (epoch milliseconds); null while it can. */
  readonly problem: { readonly reason: string; readonly since: number } | null;
}

/**
 * Lines on their way from memory to this machine's disk. What touches the open file happens in turn, and never waits for the store.
 * What the file system refuses is thrown as `spool-unavailable` (retryable); the lines stay in memory.
 */
export interface LineSpool {
  /** Takes lines into memory; how many wait then. Never throws. */
  take(lines: readonly string[]): number;
  /** Writes what waits to the spool, fewer lines at a time where little room is left. Throws when not even a few fit. */
  drain(): Promise<void>;
  /**
   * Seals the open file, synced, under the next number. The first number follows the greatest of those sealed here and `lastStored()`,
   * which is asked once and may take its time.
   */
  seal(lastStored: () => Promise<number>): Promise<void>;
  /** Numbers of sealed files, ascending. */
  sealed(): Promise<number[]>;
  /** Content of a sealed file. */
  read(seq: number): Promise<Uint8Array>;
  /** Gives a sealed file a number that is free here and greater than `lastStored`; returns it. */
  renumber(seq: number, lastStored: number): Promise<number>;
  /** Removes a sealed file. */
  remove(seq: number): Promise<void>;
  state(): LineSpoolState;
  /** Closes the open file, which stays. */
  close(): Promise<void>;
}

interface Local {
  readonly folder: string;
  readonly waiting: string[];
  taken: number;
  lost: number;
  problem: LineSpoolState['problem'];
  opening: Promise<Spool> | undefined;
  /** Unknown until the store was asked. */
  nextSeq: number | undefined;
}

/** The local part of a log, in a folder of its own that is opened at the first use, and again until that works. */
export function openLineSpool(folder: string): LineSpool {
  const counts = { taken: 0, lost: 0, problem: null };
  const local: Local = { folder, waiting: [], ...counts, opening: undefined, nextSeq: undefined };
  const inTurn = inTurns();
  const opened = (): Promise<Spool> => spooling(local, () => openedSpool(local));
  return {
    take: (lines) => take(local, lines),
    drain: () => inTurn(() => drain(local)),
    seal: async (lastStored) => {
      await inTurn(async () => spooling(local, async () => (await opened()).sync()));
      const stored = local.nextSeq === undefined ? await lastStored() : 0;
      await inTurn(async () => {
        const spool = await opened();
        local.nextSeq ??= 1 + Math.max(stored, ...(await spool.sealed()));
        await seal(local, spool);
        if (local.waiting.length === 0) local.problem = null;
      });
    },
    sealed: async () => (await opened()).sealed(),
    read: async (seq) => (await opened()).read(seq),
    renumber: (seq, lastStored) =>
      inTurn(async () => {
        const spool = await opened();
        const free = 1 + Math.max(lastStored, ...(await spool.sealed()));
        await spool.renumber(seq, free);
        local.nextSeq = free + 1;
        return free;
      }),
    remove: async (seq) => (await opened()).remove(seq),
    state: () => {
      const { taken, lost, waiting, problem } = local;
      return { taken, lost, waiting: waiting.length, problem };
    },
    close: () => inTurn(async () => void (await (await local.opening)?.close())),
  };
}

function take(local: Local, lines: readonly string[]): number {
  const room = Math.max(0, MAX_WAITING_LINES - local.waiting.length);
  for (const line of lines.slice(0, room)) local.waiting.push(line);
  local.taken += lines.length;
  local.lost += Math.max(0, lines.length - room);
  return local.waiting.length;
}

function openedSpool(local: Local): Promise<Spool> {
  if (local.opening === undefined) {
    local.opening = openSpool(local.folder).then(({ spool, torn }) => {
      local.lost += torn;
      return spool;
    });
    local.opening.catch(() => (local.opening = undefined));
  }
  return local.opening;
}

async function drain(local: Local): Promise<void> {
  const spool = await spooling(local, () => openedSpool(local));
  for (let some = DRAIN_LINES; local.waiting.length > 0;) {
    const lines = local.waiting.slice(0, some);
    try {
      await spooling(local, () => spool.write(`${lines.join('\n')}\n`));
      local.waiting.splice(0, lines.length);
      local.problem = null;
    } catch (error) {
      if (some <= FEW_LINES) throw error;
      some >>= 2;
    }
  }
  if (spool.size() >= SEAL_BYTES) await seal(local, spool);
}

/** A number is used up only once its file exists: a gap would keep its group from ever being merged. */
async function seal(local: Local, spool: Spool): Promise<void> {
  const seq = local.nextSeq;
  if (seq === undefined || spool.size() === 0) return;
  await spooling(local, () => spool.seal(seq));
  local.nextSeq = seq + 1;
}

async function spooling<T>(local: Local, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PerennialError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    local.problem = { reason, since: local.problem?.since ?? Date.now() };
    throw new PerennialError(
      {
        type: 'spool-unavailable',
        thing: `spool ${local.folder}`,
        value: reason,
        allowed: 'a local folder that this process may write, with free space',
        next: 'Rows wait in memory meanwhile, and are counted as lost when there are too many; make room, then flush again.',
        retryable: true,
      },
      { cause },
    );
  }
}
