import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { retrainId, rolloutId } from '../../domain/names.js';
import { servingStatusSchema, type ServingStatus } from '../../domain/predictions.js';
import { callServing, inferRows } from '../../client/sdk/infer.js';
import { RefusedError } from '../../client/index.js';
import { insist, until } from './patience.js';
import type { Phase } from './phases.js';
import { APPROVER, type Plant } from './plant.js';
import { at, chaosSpec, deliver, INPUTS, rows } from './world.js';

/** The model of every story. The same name: it is part of what a version's digest covers. */
export const MODEL = 'chaos';

/** Whatever happens meanwhile. Each is called once, when its phase begins; the story goes on when it resolves. */
export interface Interruptions {
  /** In a phase that waits for data or a person, event time being `clock`: before the story goes on. */
  during(phase: Phase, clock: string): Promise<void>;
  /** Around work that passes the phase: started before it, waited for after it. */
  around(phase: Phase, work: () => Promise<unknown>): Promise<void>;
}

/** What the story has sent and got. */
export interface Told {
  /** Ids of the predictions that were answered, oldest first. */
  readonly answered: string[];
}

/** The run and the rollout in which everything is interrupted. */
export const RUNS = { retrain: retrainId(MODEL, 2), rollout: rolloutId(MODEL, 2) } as const;

/**
 * A whole life: a first champion, traffic, a retrain that somebody asks for, its candidate through shadow, approval, promotion and
 * bake, a rollback by hand, and the same training once more, undisturbed. Everything that it does is repeatable, and nothing is done by the clock on the wall.
 */
export async function tellStory(plant: Plant, interruptions: Interruptions): Promise<Told> {
  const told: Told = { answered: [] };
  const { during, around } = interruptions;
  await firstChampion(plant);
  deliver(plant.dataRoot, 'later', rows(at(20), at(26)));
  await traffic(plant, told, at(21), at(22));
  await around('extract', () => ask(plant));
  await candidateInShadow(plant);
  await traffic(plant, told, at(22), at(22, 6));
  await during('shadow', at(22, 6));
  await traffic(plant, told, at(22, 6), at(22, 13));
  await until('a person is asked', async () => (await waits(plant)) === 'person');
  await during('approval', at(22, 13));
  await around('promote', () => approve(plant));
  await serves(plant, { champion: 2, reverseShadow: 1 });
  await traffic(plant, told, at(22, 13), at(23));
  await during('bake', at(23));
  await traffic(plant, told, at(23), at(23, 14));
  await until('the bake has passed', async () => (await state(plant)).openRollout === null);
  await around('rollback', () => rollBack(plant));
  await serves(plant, { champion: 1 });
  await traffic(plant, told, at(23, 14), at(24));
  await trainAgain(plant);
  return told;
}

/** The lifecycle's state, as soon as it can be read. */
export const state = async (plant: Plant): Promise<LifecycleState> => (await plant.client()).state(MODEL);

/** What serving says of the model. */
export async function servingStatus(plant: Plant): Promise<ServingStatus> {
  return servingStatusSchema.parse(await callServing(plant.serving, `/v2/models/${MODEL}/status`));
}

const waits = async (plant: Plant): Promise<string | undefined> =>
  (await state(plant)).openRollout?.waitingFor;

/** Waits until serving obeys: who answers, and who scores beside. */
async function serves(plant: Plant, roles: Partial<ServingStatus>): Promise<void> {
  await until(`serving has ${JSON.stringify(roles)}`, async () => {
    const status = await servingStatus(plant);
    return Object.entries(roles).every(([role, version]) => status[role as keyof ServingStatus] === version);
  });
}

/** Applies the spec and waits until the first version serves. */
export async function firstChampion(plant: Plant): Promise<void> {
  deliver(plant.dataRoot, 'history', rows(at(0), at(20)));
  await moveClock(plant, at(20, 1));
  await insist('the spec is applied', async () =>
    (await plant.client()).apply(chaosSpec(MODEL), { by: 'grace', reason: 'first spec' }),
  );
  await until('the first champion', async () => {
    const { aliases, openRollout } = await state(plant);
    return aliases.champion?.version === 1 && openRollout === null;
  });
  await serves(plant, { champion: 1 });
}

/** One request per row, each answered, then the clock. A request that got no answer is sent again. */
async function traffic(plant: Plant, told: Told, from: string, to: string): Promise<void> {
  for (const { y: _label, ...row } of rows(from, to)) {
    const answer = await insist('an answer', () => inferRows(plant.serving, MODEL, INPUTS, [row]));
    told.answered.push(...answer.predictionIds);
  }
  await moveClock(plant, to);
}

/** Moves serving's clock. */
export const moveClock = (plant: Plant, to: string): Promise<unknown> =>
  insist('the clock moves', () => callServing(plant.serving, '/v2/clock', { to }));

const ask = (plant: Plant): Promise<unknown> =>
  insist('a retrain is asked', async () =>
    (await plant.client()).retrain(MODEL, { by: 'grace', reason: 'the world changed', requestId: 'ask-2' }),
  );

/** The same rows and the same champion as before: it ends in the same model, which is ruled out since it was rolled back. */
async function trainAgain(plant: Plant): Promise<void> {
  await insist('the same retrain is asked', async () =>
    (await plant.client()).retrain(MODEL, { by: 'grace', requestId: 'again', asOf: at(22), rollout: false }),
  );
  await until('it has ended', async () => (await state(plant)).openRetrain === null);
}

async function candidateInShadow(plant: Plant): Promise<void> {
  await until('a candidate in shadow', async () => (await waits(plant)) === 'event-time');
  await serves(plant, { champion: 1, shadow: 2 });
}

/** Approves a version, once. */
export async function approve(plant: Plant, version = 2): Promise<void> {
  await insist('the approval is answered', async () => {
    try {
      await (await plant.client()).approve(MODEL, { version, by: APPROVER, reason: 'better' });
    } catch (error) {
      // Its answer was lost, and it took effect.
      if (!(error instanceof RefusedError) || error.type !== 'too-late') throw error;
    }
  });
}

/** Named, so that asking again once it took effect changes nothing. */
const rollBack = (plant: Plant): Promise<unknown> =>
  insist('the rollback is answered', async () => {
    const answer = await (await plant.client()).rollback(MODEL, { by: APPROVER, reason: 'prices', to: 1 });
    return answer;
  });
