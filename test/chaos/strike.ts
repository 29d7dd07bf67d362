import { until } from './patience.js';
import { PHASES, type Part, type Phase } from './phases.js';
import type { Plant } from './plant.js';
import { state, type Interruptions } from './story.js';
import { Tripwire, type Sprung } from './tripwire.js';
import { atAliases, goesOn, inRetrain, type Moment } from './watch-phases.js';

/** Processes to kill in a phase. */
export interface Strike extends Moment {
  readonly phase: Phase;
  readonly parts: readonly Part[];
}

/** A strike that fell. */
export interface Struck extends Strike {
  /** From the SIGKILL until work went on, each process being started again at once. @format milliseconds */
  readonly recoveryMs: number;
}

const RETRAIN: readonly Phase[] = ['extract', 'train', 'export', 'evaluate', 'register'];

/**
 * Kills processes in the phases of one story, at most once in each. In a phase that works they die while a request of the worker is held
 * before or after its effect in the store; in a phase that waits, while it waits.
 */
export function strikes(
  plant: Plant,
  planned: readonly Strike[],
  onStruck: (struck: Struck) => void,
): Interruptions {
  const wire = new Tripwire(plant.proxies.worker);
  const inPhase = (phase: Phase): Strike | undefined => planned.find((strike) => strike.phase === phase);
  const strike = async (plan: Strike, sprung?: Sprung): Promise<void> => {
    const begun = performance.now();
    await Promise.all(plan.parts.map((part) => plant.kill(part)));
    sprung?.release();
    await Promise.all(plan.parts.map((part) => plant.start(part)));
    await until(`${plan.phase} goes on after ${plan.parts.join(' and ')} died`, () =>
      goesOn(plant, plan.phase, plan.parts),
    );
    onStruck({ ...plan, recoveryMs: performance.now() - begun });
  };
  const trapOf = (plan: Strike) =>
    RETRAIN.includes(plan.phase) ? inRetrain(plant, plan.phase, plan) : atAliases(plan);
  return {
    during: async (phase, clock) => {
      const plan = inPhase(phase);
      if (plan === undefined) return;
      await until(`${phase} waits`, () => waits(plant, clock));
      await strike(plan);
    },
    around: async (phase, work) => {
      const phases = phase === 'extract' ? RETRAIN : [phase];
      const plans = PHASES.filter((one) => phases.includes(one)).flatMap((one) => inPhase(one) ?? []);
      const traps = plans.map((plan) => ({ plan, sprung: wire.arm(trapOf(plan)) }));
      const struck = (async () => {
        for (const { plan, sprung } of traps) await strike(plan, await sprung);
      })();
      await Promise.all([work(), struck]);
    },
  };
}

/** The rollout has seen all that was logged up to the clock, and waits for more or for a person. */
async function waits(plant: Plant, clock: string): Promise<boolean> {
  const { openRollout } = await state(plant);
  if (openRollout?.waitingFor === 'person') return true;
  return openRollout?.waitingFor === 'event-time' && openRollout.seen === clock;
}
