import { assertPrefix } from '../objects/keys.js';
import type { ObjectStore } from '../objects/object-store.js';
import { DRAIN_LINES, openLineSpool, type LineSpoolState } from './line-spool.js';
import { storeSealed } from './segment-upload.js';
import { inTurns } from '../../domain/turns.js';

/** Lines wait this long in memory before they go to the spool; `flush` does not wait. */
const DRAIN_MS = 50;

/** Where a log lies. */
export interface SegmentLogOptions {
  readonly store: ObjectStore;
  /** Key prefix of one replica's log, ending in a slash. */
  readonly prefix: string;
  /** Local folder that belongs to this log alone, kept over restarts. */
  readonly spool: string;
}

/** How a log stands; counts since it was opened. */
export interface LogState extends LineSpoolState {
  /** Lines that went into the store, those of an earlier process included. */
  readonly stored: number;
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
}

/**
 * Opens the log of one replica. What an earlier process left in the spool is stored by the first flush. Lines go to the spool while an
 * upload is under way: a slow store does not keep them in memory.
 */
export function openSegmentLog({ store, prefix, spool: folder }: SegmentLogOptions): SegmentLog {
  assertPrefix(prefix);
  const spool = openLineSpool(folder);
  const storing = inTurns();
  let stored = 0;
  // What a drain in the background could not write stays in memory; the next flush tries again and reports it.
  const drainNow = (): void => void spool.drain().catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const drainLater = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      drainNow();
    }, DRAIN_MS).unref();
  };
  // What reached the store makes room in the spool: a backlog larger than the disk goes through in several turns.
  const flushAll = async (): Promise<void> => {
    for (;;) {
      const before = spool.state().waiting;
      const stuck = await spool.drain().then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      stored += await storeSealed(store, prefix, spool);
      if (stuck === undefined) return;
      if (spool.state().waiting >= before) throw stuck.error;
    }
  };
  return {
    append: (lines) => {
      const before = spool.state().waiting;
      const after = spool.take(lines);
      if (before < DRAIN_LINES && after >= DRAIN_LINES) drainNow();
      else if (after > 0) drainLater();
    },
    flush: () => storing(flushAll),
    close: async () => {
      clearTimeout(timer);
      try {
        await storing(flushAll);
      } finally {
        await spool.close();
      }
    },
    lost: () => spool.state().lost,
    state: () => ({ ...spool.state(), stored }),
  };
}
