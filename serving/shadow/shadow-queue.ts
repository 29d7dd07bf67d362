import { PerennialError } from '../../domain/errors.js';
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
/** So many rows are worth a trip at once; fewer wait a little for company, since nobody waits for them. */
const ENOUGH_ROWS = 256;
/** @format milliseconds */
const LINGER_MS = 20;

interface Offered<Context> {
  readonly rows: Rows;
  readonly context: Context;
}

/** An empty queue. */
export function createShadowQueue<Context>(options: ShadowQueueOptions<Context>): ShadowQueue<Context> {
  const barrier = createBarrier();
  const scoring = createScoring(options);
  let waiting: Offered<Context>[] = [];
  let waitingRows = 0;
  let refused = 0;
  let busy = false;
  let hurried = 0;
  let lingering: NodeJS.Timeout | undefined;

  const sendNext = async (): Promise<void> => {
    const batch = firstBatch(waiting, BATCH_ROWS);
    waiting = waiting.slice(batch.length);
    waitingRows -= countRows(batch);
    await scoring.score(batch);
    barrier.done(batch.length);
    busy = false;
    consider();
  };
  const leave = (): void => {
    clearTimeout(lingering);
    lingering = undefined;
    busy = true;
    void sendNext();
  };
  const consider = (): void => {
    if (busy || waiting.length === 0) return;
    if (hurried > 0 || waitingRows >= ENOUGH_ROWS) leave();
    else lingering ??= setTimeout(leave, LINGER_MS);
  };

  return {
    offer: (rows, context) => {
      if (waitingRows + rows.count > options.limit) {
        refused += rows.count;
        return;
      }
      waiting.push({ rows, context });
      waitingRows += rows.count;
      barrier.begin();
      consider();
    },
    settled: async () => {
      hurried += 1;
      consider();
      await barrier.passed();
      hurried -= 1;
    },
    dropped: () => refused + scoring.dropped(),
    state: () => options.breaker.state(),
  };
}

interface Scoring<Context> {
  /** Scores a batch or drops it. Never throws. */
  score(batch: readonly Offered<Context>[]): Promise<void>;
  dropped(): number;
}

function createScoring<Context>(options: ShadowQueueOptions<Context>): Scoring<Context> {
  const { breaker } = options;
  let dropped = 0;
  const failed = async (batch: readonly Offered<Context>[], error: unknown): Promise<void> => {
    // A model that refuses one request must not cost the others; one that crashed or hung is not asked again for them.
    if (batch.length > 1 && !(error instanceof PerennialError && error.refusal.retryable === true)) {
      for (const one of batch) await score([one]);
      return;
    }
    breaker.failed();
    dropped += countRows(batch);
    options.onFailed(error, countRows(batch));
  };
  const score = async (batch: readonly Offered<Context>[]): Promise<void> => {
    const count = countRows(batch);
    if (!breaker.admits()) {
      dropped += count;
      return;
    }
    let scored: Scored;
    try {
      scored = await options.score(joinRows(batch.map(({ rows }) => rows)));
    } catch (error) {
      return failed(batch, error);
    }
    breaker.succeeded();
    let at = 0;
    for (const { rows, context } of batch) {
      options.onScored(context, sliceScored(scored, at, rows.count, count));
      at += rows.count;
    }
  };
  return { score, dropped: () => dropped };
}
