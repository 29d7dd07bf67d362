import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { STORE_AWAY, storeWait } from '../proxies.js';
import { NoCandidateResult } from './no-candidate.js';

/** Outages that one retrain sits out; each costs about twelve history events. */
const MOST_OUTAGES = 12;

/**
 * Runs the steps of a retrain so that an outage of the store does not end it: a step that found no store is run again when the store is
 * back. After `patienceMs` of waiting in all, or twelve outages, the retrain ends as `store-unavailable`.
 */
export class Patience {
  private readonly model: string;
  private readonly patienceMs: number;
  private outages = 0;
  private left: number;

  constructor(model: string, patienceMs: number) {
    this.model = model;
    this.patienceMs = patienceMs;
    this.left = patienceMs;
  }

  /** The step's result; thrown: what the step throws, or the named end. */
  async run<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const away = storeAway(error);
        if (away === undefined) throw error;
        await this.wait(away);
      }
    }
  }

  private async wait(away: string): Promise<void> {
    this.outages += 1;
    if (this.outages > MOST_OUTAGES || this.left <= 0) throw this.gaveUp(away);
    const begun = Date.now();
    try {
      await storeWait(this.left).awaitStore({ model: this.model });
    } catch (error) {
      if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) throw this.gaveUp(away);
      throw error;
    }
    this.left -= Date.now() - begun;
  }

  private gaveUp(away: string): NoCandidateResult {
    const waited = Math.round(this.patienceMs / 60_000);
    const limits = `${MOST_OUTAGES} outages or ${waited} minutes of waiting are sat out`;
    return new NoCandidateResult('store-unavailable', `the store cannot be reached (${limits}): ${away}`);
  }
}

/** What a step said of a store that it could not reach; undefined for any other error. */
function storeAway(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return error.cause.type === STORE_AWAY ? error.cause.message : undefined;
}
