import type { Rows, Scored } from '../scoring/protocol.js';
import { countRows, firstBatch, joinRows, sliceScored } from '../scoring/rows.js';
import { createBarrier } from './barrier.js';
import type { Breaker } from './breaker.js';

/**
 * Scores copies of answered requests with another version, whenever that version gets to it. Bounded: what does not fit, fails,
 * or meets an open breaker is dropped and counted. Nothing here can slow down or fail an answer.
 */
export interface ShadowQueue<Context> {
  /** Takes a request that was answered; returns at once. */
  offer(rows: Rows, context: Context): void;
  /** Resolves when everything offered so far was scored or dropped. */
  settled(): Promise<void>;
  /** Rows dropped so far. */
  dropped(): number;
  state(): 'closed' | 'open';
}

/** What a shadow queue needs. */
export interface ShadowQueueOptions<Context> {
  score(rows: Rows): Promise<Scored>;
  /** Called for every request that was scored. */
  onScored(context: Context, scored: Scored): void;
  onFailed(error: unknown, rows: number): void;
  readonly breaker: Breaker;
  /** Rows that may wait. */
  readonly limit: number;
}

const BATCH_ROWS = 1024;

interface Offered<Context> {
  readonly rows: Rows;
  readonly context: Context;
}

/** An empty queue. */
export function createShadowQueue<Context>(options: ShadowQueueOptions<Context>): ShadowQueue<Context> {
  const { breaker, limit } = options;
  let waiting: Offered<Context>[] = [];
  let waitingRows = 0;
  let dropped = 0;
  let busy = false;
  const barrier = createBarrier();

  const scoreBatch = async (batch: readonly Offered<Context>[], count: number): Promise<void> => {
    if (!breaker.admits()) {
      dropped += count;
      return;
    }
    try {
      const scored = await options.score(joinRows(batch.map(({ rows }) => rows)));
      breaker.succeeded();
      let at = 0;
      for (const { rows, context } of batch) {
        options.onScored(context, sliceScored(scored, at, rows.count, count));
        at += rows.count;
      }
    } catch (error) {
      breaker.failed();
      dropped += count;
      options.onFailed(error, count);
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = firstBatch(waiting, BATCH_ROWS);
      waiting = waiting.slice(batch.length);
      const rows = countRows(batch);
      waitingRows -= rows;
      await scoreBatch(batch, rows);
      barrier.done(batch.length);
    }
    busy = false;
  };

  return {
    offer: (rows, context) => {
      if (waitingRows + rows.count > limit) {
        dropped += rows.count;
        return;
      }
      waiting.push({ rows, context });
      waitingRows += rows.count;
      barrier.begin();
      if (busy) return;
      busy = true;
      // Later: answers that are ready leave first.
      setImmediate(() => void drain());
    },
    settled: () => barrier.passed(),
    dropped: () => dropped,
    state: () => breaker.state(),
  };
}
