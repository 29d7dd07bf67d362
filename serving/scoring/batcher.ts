import { PerennialError } from '../../domain/errors.js';
import type { Lane } from './lane.js';
import type { Rows, Scored } from './protocol.js';
import { countRows, firstBatch, joinRows, sliceScored } from './rows.js';

/**
 * Scores requests with one version. What arrives while a batch is away leaves together as the next batch, so that the cost of
 * a hop to the scorer is shared under load and nobody waits for company when there is none.
 */
export interface Batcher {
  /**
   * Scores of the request's rows. Throws `overloaded` (retryable) when too many rows wait, and what {@link Lane} throws; a
   * request that fails in a batch is tried once more alone, so that it fails alone.
   */
  score(rows: Rows): Promise<Scored>;
}

/** Rows of one batch: larger ones lose more in cache misses than they save in hops. */
const BATCH_ROWS = 4096;
/** Waiting rows from which on a request is refused instead of making everybody wait longer. */
const WAITING_ROWS = 65_536;

interface Waiting {
  readonly rows: Rows;
  readonly resolve: (scored: Scored) => void;
  readonly reject: (error: unknown) => void;
}

/** A batcher for a version that the lane has loaded. */
export function createBatcher(lane: Pick<Lane, 'score'>, key: string): Batcher {
  let waiting: Waiting[] = [];
  let waitingRows = 0;
  let away = false;

  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = firstBatch(waiting, BATCH_ROWS);
      waiting = waiting.slice(batch.length);
      waitingRows -= countRows(batch);
      await scoreBatch(lane, key, batch);
    }
    away = false;
  };

  return {
    score: (rows) => {
      if (waitingRows + rows.count > WAITING_ROWS) return Promise.reject(overloaded(waitingRows));
      return new Promise((resolve, reject) => {
        waiting.push({ rows, resolve, reject });
        waitingRows += rows.count;
        if (away) return;
        away = true;
        // After this turn of the event loop, so that requests read from several sockets in it leave together.
        setImmediate(() => void send());
      });
    },
  };
}

async function scoreBatch(lane: Pick<Lane, 'score'>, key: string, batch: readonly Waiting[]): Promise<void> {
  try {
    const scored = await lane.score(key, joinRows(batch.map(({ rows }) => rows)));
    const count = countRows(batch);
    let at = 0;
    for (const { rows, resolve } of batch) {
      resolve(sliceScored(scored, at, rows.count, count));
      at += rows.count;
    }
  } catch (error) {
    if (batch.length === 1) batch[0]?.reject(error);
    else for (const one of batch) await scoreBatch(lane, key, [one]);
  }
}

function overloaded(rows: number): PerennialError {
  return new PerennialError({
    type: 'overloaded',
    thing: 'rows that wait for the scorer',
    value: rows,
    allowed: `at most ${WAITING_ROWS}`,
    next: 'Repeat later, or add replicas.',
    retryable: true,
  });
}
