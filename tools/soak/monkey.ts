import { setTimeout as sleep } from 'node:timers/promises';
import { ACTIVITIES, PHASES, type Part, type Phase } from '../../test/chaos/phases.js';
import type { Plant } from '../../test/chaos/plant.js';
import { state } from '../../test/chaos/story.js';
import { pendingActivities } from '../../test/chaos/watch-phases.js';
import type { LifePlan } from './plan.js';

const LOOK_MS = 20;
/** A supervisor goes on trying for as long as the store answers a start with faults. */
const START_WITHIN_MS = 300_000;

/** What was done to a life. */
export interface Done {
  readonly kills: { readonly phase: Phase; readonly parts: readonly Part[]; readonly at: number }[];
  terminated: string[];
}

/** Kills and terminates as planned, each once, when its phase is seen, until it is stopped; then everything runs again. */
export function letLoose(plant: Plant, plan: LifePlan): { readonly done: Done; stop(): Promise<void> } {
  const done: Done = { kills: [], terminated: [] };
  const kills = [...plan.kills];
  let terminateIn = plan.terminateIn;
  let stopped = false;
  const look = async (): Promise<void> => {
    const { phase, run } = await phaseNow(plant);
    if (phase === undefined) return;
    if (phase === terminateIn && run !== undefined) {
      terminateIn = null;
      await terminate(plant, run);
      done.terminated.push(`${run} in ${phase}`);
    }
    const index = kills.findIndex((kill) => kill.phase === phase);
    const [kill] = index < 0 ? [] : kills.splice(index, 1);
    if (kill === undefined) return;
    await sleep(kill.delayMs);
    done.kills.push({ ...kill, at: performance.now() });
    await Promise.all(kill.parts.map((part) => plant.kill(part)));
    await Promise.all(kill.parts.map((part) => plant.start(part, START_WITHIN_MS)));
  };
  const running = (async () => {
    while (!stopped) {
      await look().catch(failUnlessAway);
      await sleep(LOOK_MS);
    }
  })();
  // What went wrong is told to whoever stops it; until then the life goes on, and is found stuck if it is.
  running.catch(() => undefined);
  return {
    done,
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

/** A look fails while what it asks is down. What cannot be started again is no such thing. */
function failUnlessAway(error: unknown): void {
  const type = error instanceof Error && 'type' in error ? String(error.type) : '';
  if (/did-not-start|not-ready|already-running|port-taken/.test(type)) throw error;
}

/** Where the model is now, and the run that is in it. */
async function phaseNow(plant: Plant): Promise<{ phase?: Phase | undefined; run?: string | undefined }> {
  const { openRetrain, openRollout, aliases } = await state(plant);
  if (aliases.champion === null) return {};
  if (openRollout !== null) {
    const promoting = openRollout.phase === 'bake' && openRollout.waitingFor === 'machine';
    const phase = promoting ? 'promote' : PHASES.find((one) => one === openRollout.phase);
    return { phase, run: openRollout.run };
  }
  if (openRetrain === null) return { phase: aliases.generation > 3 ? 'rollback' : undefined };
  const pending = await pendingActivities(plant, openRetrain.run);
  const names = pending.map(({ name }) => name);
  return {
    phase: PHASES.find((phase) => ACTIVITIES[phase]?.some((one) => names.includes(one))),
    run: openRetrain.run,
  };
}

async function terminate(plant: Plant, run: string): Promise<void> {
  const { client } = await (await plant.client()).temporal();
  await client.workflow.getHandle(run).terminate('by the soak');
}
