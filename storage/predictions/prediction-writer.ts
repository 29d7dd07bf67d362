import { join } from 'node:path';
import { objectKey } from '../../domain/names.js';
import type { PredictionRow } from '../../domain/predictions.js';
import type { ObjectStore } from '../objects/object-store.js';
import { openSegmentLog, type LogState } from './segment-log.js';

/** Whose log is written, and where it waits. */
export interface LogWriterOptions {
  readonly store: ObjectStore;
  readonly model: string;
  /** Name of this replica: part of object keys, the same after a restart, different from every other live replica's. */
  readonly replica: string;
  /** Local folder for lines that are not in the store yet; kept over restarts, for this process alone. */
  readonly spool: string;
}

/** Writes one replica's prediction log of one model. */
export interface PredictionWriter {
  /** Takes rows. Never waits and never throws; they reach the spool within 50 ms, which survives `kill -9`. */
  append(rows: readonly PredictionRow[]): void;
  /**
   * Resolves when every row appended before is a segment of the store, where {@link predictionSegments} finds it. Throws
   * `store-unavailable` when that fails: the rows are kept, and the next flush, also after a restart, stores them.
   */
  flush(): Promise<void>;
  /** Flushes and closes. */
  close(): Promise<void>;
  /** Rows that are known to be lost: torn by a power cut, or dropped while the spool could not be written. */
  lost(): number;
  /** How the log stands. */
  state(): LogState;
}

/** Opens the log of one replica. What an earlier process left behind is stored by the first flush. */
export function openPredictionWriter({ store, model, replica, spool }: LogWriterOptions): PredictionWriter {
  const log = openSegmentLog({
    store,
    prefix: `${objectKey.predictions(model)}${replica}/`,
    spool: join(spool, 'predictions', model, replica),
  });
  return {
    append: (rows) => log.append(rows.map((row) => JSON.stringify(row))),
    flush: log.flush,
    close: log.close,
    lost: log.lost,
    state: log.state,
  };
}
