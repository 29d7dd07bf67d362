import { setTimeout as sleep } from 'node:timers/promises';
import { inferRows } from '../../client/sdk/infer.js';
import type { Plant } from '../../test/chaos/plant.js';
import { MODEL } from '../../test/chaos/story.js';
import { INPUTS, type Row } from '../../test/chaos/world.js';

const PAUSE_MS = 15;

/** An answered request. */
export interface Answer {
  readonly predictionId: string;
  /** When the answer was here. @format milliseconds of this process */
  readonly at: number;
}

/** Requests one after the other, whatever happens to the server. */
export interface Pump {
  /** Requests are about these rows from now on. */
  about(rows: readonly Row[]): void;
  readonly answers: readonly Answer[];
  /** Requests that got no answer. */
  readonly unanswered: () => number;
  stop(): Promise<void>;
}

/** Starts asking serving. */
export function startPump(plant: Plant, first: readonly Row[]): Pump {
  let rows = first;
  let stopped = false;
  let unanswered = 0;
  const answers: Answer[] = [];
  const running = (async () => {
    for (let i = 0; !stopped; i += 1) {
      const row = rows[i % rows.length];
      if (row === undefined) throw new Error('nothing to ask about');
      const { event_time, x1, x2 } = row;
      try {
        const { predictionIds } = await inferRows(plant.serving, MODEL, INPUTS, [{ event_time, x1, x2 }]);
        const at = performance.now();
        answers.push(...predictionIds.map((predictionId) => ({ predictionId, at })));
      } catch {
        unanswered += 1;
      }
      await sleep(PAUSE_MS);
    }
  })();
  return {
    about: (next) => {
      rows = next;
    },
    answers,
    unanswered: () => unanswered,
    stop: () => {
      stopped = true;
      return running;
    },
  };
}
