import { join } from 'node:path';
import { objectKey } from '../../domain/names.js';
import type { OutcomeRow } from '../../domain/predictions.js';
import { epoch } from '../../domain/references.js';
import type { LogWriterOptions } from './prediction-writer.js';
import { openSegmentLog } from './segment-log.js';

/** The same labels again, right after, within this are a repeated request; later they are a statement of their own. @format milliseconds */
const REPEATED_WITHIN_MS = 10_000;

/** Writes the labels that reached one replica by feedback. */
export interface OutcomeWriter {
  /**
   * Takes the labels of one request. When they are those of the request before, which came within ten seconds, they are duplicates and
   * left out. Whatever else says a label again is stored: words in between, here or at another replica, may have corrected it under
   * another name of the row, and who joins labels counts a repeated one once. Never waits and never throws.
   */
  append(rows: readonly OutcomeRow[]): { accepted: number; duplicates: number };
  /** Like the prediction writer's. */
  flush(): Promise<void>;
  /** Flushes and closes. */
  close(): Promise<void>;
  /** Rows that are known to be lost. */
  lost(): number;
}

/** Opens the feedback log of one replica. */
export function openOutcomeWriter({ store, model, replica, spool }: LogWriterOptions): OutcomeWriter {
  const log = openSegmentLog({
    store,
    prefix: `${objectKey.outcomes(model)}${replica}/`,
    spool: join(spool, 'outcomes', model, replica),
  });
  let before: Said | undefined;
  return {
    append: (rows) => {
      const said = saidBy(rows);
      const repeated = before !== undefined && repeats(before, said);
      if (repeated) return { accepted: 0, duplicates: rows.length };
      before = said;
      log.append(rows.map((row) => JSON.stringify(row)));
      return { accepted: rows.length, duplicates: 0 };
    },
    flush: log.flush,
    close: log.close,
    lost: log.lost,
  };
}

/** What one request said, whenever it came. */
interface Said {
  readonly words: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const saidBy = (rows: readonly OutcomeRow[]): Said => ({
  words: JSON.stringify(rows.map(({ prediction_id: id, key, label, source }) => [id, key, label, source])),
  at: Math.max(...rows.map(({ arrived_at: at }) => epoch(at))),
});

const repeats = (before: Said, { words, at }: Said): boolean =>
  words === before.words && Math.abs(at - before.at) < REPEATED_WITHIN_MS;
