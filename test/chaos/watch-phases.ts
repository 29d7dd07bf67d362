import proto from '@temporalio/proto';
import type { SeenRequest } from '../support/s3-proxy.js';
import { ACTIVITIES, type Part, type Phase } from './phases.js';
import type { Plant } from './plant.js';
import { RUNS, servingStatus, state } from './story.js';
import type { Trap } from './tripwire.js';

const STARTED = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

/** An activity that has not ended, as the Temporal server sees it. */
export interface Pending {
  readonly name: string;
  readonly attempt: number;
  /** False while no worker has it. */
  readonly started: boolean;
}

/** The activities that a run waits for. */
export async function pendingActivities(plant: Plant, run: string): Promise<Pending[]> {
  const { client } = await (await plant.client()).temporal();
  const { raw } = await client.workflow.getHandle(run).describe();
  return (raw.pendingActivities ?? []).map(({ activityType, attempt, state: phase }) => ({
    name: activityType?.name ?? '',
    attempt: attempt ?? 1,
    started: phase === STARTED,
  }));
}

/** Springs at a request of a phase of the retrain, after `skip` others of it. */
export function inRetrain(plant: Plant, phase: Phase, { skip, held }: Moment): Trap {
  const activities = ACTIVITIES[phase] ?? [];
  let left = skip;
  return {
    held,
    matches: async ({ url }) => {
      if (url.includes('/ledger/')) return false; // the lifecycle's own, beside the retrain
      const pending = await pendingActivities(plant, RUNS.retrain).catch(() => []);
      return pending.some(({ name }) => activities.includes(name)) && left-- === 0;
    },
  };
}

/** Springs where the aliases change in the store. */
export const atAliases = ({ held }: Moment): Trap => ({
  held,
  matches: ({ method, url }: SeenRequest) => method === 'PUT' && url.includes('/aliases.json'),
});

/** When exactly to strike. */
export interface Moment {
  /** Requests of the phase to let pass before. */
  readonly skip: number;
  readonly held: Trap['held'];
}

/** Whether work goes on in a phase in which processes were killed. Throws while something does not answer. */
export async function goesOn(plant: Plant, phase: Phase, killed: readonly Part[]): Promise<boolean> {
  const [line, serving] = [await state(plant), await servingStatus(plant)];
  if (serving.generation < line.aliases.generation) return false;
  switch (phase) {
    case 'promote':
      return line.aliases.champion?.version === 2 && serving.champion === 2;
    case 'rollback':
      return line.aliases.champion?.version === 1 && serving.champion === 1;
    case 'approval':
      return line.openRollout?.waitingFor === 'person';
    case 'shadow':
    case 'bake':
      return isBack(await pendingActivities(plant, RUNS.rollout), ['awaitShadow', 'awaitBake'], killed);
    default:
      return isBack(await pendingActivities(plant, RUNS.retrain), ACTIVITIES[phase] ?? [], killed);
  }
}

/** The activity that was under way runs again, or is over. */
function isBack(pending: readonly Pending[], names: readonly string[], killed: readonly Part[]): boolean {
  const same = pending.find(({ name }) => names.includes(name));
  if (same === undefined) return !pending.some(({ name }) => name === 'awaitStore');
  return same.started && (same.attempt > 1 || !killed.includes('worker'));
}
