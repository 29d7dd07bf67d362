import { RefusedError } from '../../client/index.js';
import { lifecycleId, WORKFLOW } from '../../domain/names.js';
import { insist, until } from '../../test/chaos/patience.js';
import { APPROVER, type Plant } from '../../test/chaos/plant.js';
import { approve, firstChampion, MODEL, moveClock, state } from '../../test/chaos/story.js';
import { at, deliver, rows } from '../../test/chaos/world.js';
import type { LifePlan } from './plan.js';
import type { Pump } from './pump.js';

const LAST_HOUR = 31 * 24;
const MOST_ASKS = 5;
const STUCK_MS = 420_000;

/** What people did in a life. */
export interface Acts {
  asked: number;
  /** Answers to requests that raced. */
  readonly raced: string[];
}

/** Event time, moved by hand; the requests are about the hours that it has come to. */
class Clock {
  #hour = 21 * 24;
  readonly #plant: Plant;
  readonly #pump: Pump;

  constructor(plant: Plant, pump: Pump) {
    this.#plant = plant;
    this.#pump = pump;
  }

  get now(): string {
    return at(0, this.#hour);
  }

  async next(): Promise<void> {
    if (this.#hour >= LAST_HOUR) throw new Error('the event time of the soak has run out');
    this.#hour += 1;
    this.#pump.about(rows(at(0, this.#hour), at(0, this.#hour + 2)));
    await moveClock(this.#plant, at(0, this.#hour));
  }
}

/** Gives the model its first champion, with a lifecycle that looks at its runs every second. */
export async function begin(plant: Plant, plan: LifePlan): Promise<void> {
  const { client } = await (await plant.client()).temporal();
  const start = { model: MODEL, lookEveryMs: 1000, historyLimit: plan.historyLimit };
  await client.workflow.start(WORKFLOW.lifecycle, {
    ...{ workflowId: lifecycleId(MODEL), taskQueue: 'perennial', args: [start] },
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  await firstChampion(plant);
  deliver(plant.dataRoot, 'later', rows(at(20), at(32)));
}

/** Asks for a retrain until its candidate is promoted and has baked, or was rejected; then rolls back. All by what the model's state says. */
export async function live(plant: Plant, plan: LifePlan, pump: Pump): Promise<Acts> {
  const acts: Acts = { asked: 0, raced: [] };
  const clock = new Clock(plant, pump);
  await clock.next();
  let rejected = false;
  const step = async (): Promise<boolean> => {
    const { aliases, openRetrain, openRollout, queue } = await state(plant);
    if (openRollout?.waitingFor === 'person') {
      if (plan.rejects) rejected ||= await reject(plant, openRollout.version.version);
      else await approve(plant, openRollout.version.version);
    } else if (openRollout?.waitingFor === 'event-time') {
      if (openRollout.seen === clock.now) await clock.next();
    } else if (openRetrain === null && openRollout === null && queue.length === 0) {
      if (rejected || (aliases.champion?.version ?? 1) > 1 || acts.asked === MOST_ASKS) return true;
      acts.raced.push(...(await askAtOnce(plant, plan.askers, (acts.asked += 1))));
    }
    return false;
  };
  await until('the candidate is through', step, { everyMs: 100, withinMs: STUCK_MS });
  acts.raced.push(...(await rollBackAtOnce(plant, plan.rollbacks)));
  return acts;
}

function askAtOnce(plant: Plant, askers: number, round: number): Promise<string[]> {
  const ask = (i: number): Promise<string> =>
    insist('a request for a retrain is answered', async () => {
      const requestId = `ask-${round}-${i}`;
      return (await (await plant.client()).retrain(MODEL, { by: `asker ${i}`, requestId })).outcome;
    });
  return Promise.all(Array.from({ length: askers }, (_, i) => ask(i)));
}

async function reject(plant: Plant, version: number): Promise<boolean> {
  try {
    await (await plant.client()).reject(MODEL, { version, by: APPROVER, reason: 'not this one' });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
  return true;
}

async function rollBackAtOnce(plant: Plant, rollbacks: number): Promise<string[]> {
  const client = (): ReturnType<Plant['client']> => plant.client();
  const by = APPROVER;
  const roll = async (): Promise<string> =>
    (await (await client()).rollback(MODEL, { by, reason: 'soak', to: 1 })).outcome;
  const turn = async (): Promise<string> => {
    await (await client()).pause(MODEL, { by, reason: 'soak' });
    await (await client()).resume(MODEL, { by, reason: 'soak' });
    return 'resumed';
  };
  const acts = Array.from({ length: rollbacks }, () => insist('a rollback is answered', roll));
  return Promise.all([...acts, insist('a pause is answered', turn)]);
}

/** Nothing is under way any more, and everything has reached the store. */
export async function settle(plant: Plant): Promise<void> {
  await until('everything is stored', async () => {
    const { outbox, republish, openRetrain, openRollout } = await state(plant);
    return outbox.length === 0 && !republish && openRetrain === null && openRollout === null;
  });
}
