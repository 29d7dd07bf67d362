import type { PredictionRow } from '../domain/predictions.js';
import { epoch, instant } from '../domain/references.js';
import type { LogState } from '../storage/predictions/segment-log.js';
import type { PredictionWriter } from '../storage/predictions/prediction-writer.js';
import type { KeptState } from './kept-state.js';
import { inTurns } from '../domain/turns.js';

/** The prediction log of one model, and the newest event time in it. */
export interface LogBook {
  /** Never waits and never throws; within 50 ms the rows survive `kill -9`. */
  append(rows: readonly PredictionRow[]): void;
  /** Epoch milliseconds, of earlier starts too; undefined while the log is empty. */
  newest(): number | undefined;
  /** Makes everything appended so far durable in the store, then the newest event time on disk. */
  flush(): Promise<void>;
  /** Rows that are known to be lost. */
  lost(): number;
  /** How the log stands. */
  state(): LogState;
  /** How long the oldest row that the store may not have yet has waited; 0 when it has all. @format milliseconds */
  behind(): number;
  /** Flushes and closes. */
  close(): Promise<void>;
}

/** The log of a model as this process continues it. */
export async function openLogBook(
  model: string,
  writer: PredictionWriter,
  kept: KeptState,
): Promise<LogBook> {
  const saved = await kept.newestEvent(model);
  let savedNewest = saved === undefined ? undefined : epoch(saved);
  let newest = savedNewest;
  // Two flushes may end at once; the file has one writer at a time.
  const inTurn = inTurns();
  const saveNewest = async (): Promise<void> => {
    if (newest === undefined || newest === savedNewest) return;
    const saving = newest;
    await kept.saveNewestEvent(model, instant(saving));
    savedNewest = saving;
  };
  const unstored = unstoredSince();
  const flush = async (): Promise<void> => {
    await unstored.during(() => writer.flush());
    await inTurn(saveNewest);
  };
  return {
    append: (rows) => {
      writer.append(rows);
      unstored.appended();
      for (const row of rows) {
        if (row.role !== 'champion') continue;
        const time = epoch(row.event_time);
        if (newest === undefined || time > newest) newest = time;
      }
    },
    newest: () => newest,
    flush,
    lost: () => writer.lost(),
    state: () => writer.state(),
    behind: unstored.forMs,
    close: async () => {
      try {
        await flush();
      } finally {
        await writer.close();
      }
    },
  };
}

/** When the oldest row was appended that no flush has brought to the store yet. */
function unstoredSince() {
  const now = (): number => performance.now();
  let oldest: number | undefined;
  const flushes = new Set<{ first: number | undefined }>();
  return {
    appended: (): void => {
      oldest ??= now();
      for (const meanwhile of flushes) meanwhile.first ??= now();
    },
    /** Runs a flush; when it ends well, all that was appended before it began is stored. Flushes end in the order they began. */
    during: async (flush: () => Promise<void>): Promise<void> => {
      const meanwhile: { first: number | undefined } = { first: undefined };
      flushes.add(meanwhile);
      try {
        await flush();
        oldest = meanwhile.first;
      } finally {
        flushes.delete(meanwhile);
      }
    },
    forMs: (): number => (oldest === undefined ? 0 : now() - oldest),
  };
}
