import { createRandom, type Random } from '../../stats/random.js';
import { PARTS, PHASES, type Part, type Phase } from '../../test/chaos/phases.js';

/** Processes that die when a phase is seen. */
export interface PlannedKill {
  readonly phase: Phase;
  readonly parts: readonly Part[];
  /** After the phase was seen. @format milliseconds */
  readonly delayMs: number;
}

/** Everything that a seed decides about one life. What happens in between is up to the machine. */
export interface LifePlan {
  readonly seed: number;
  readonly kills: readonly PlannedKill[];
  /** Phase in which somebody terminates the retrain or the rollout from outside. */
  readonly terminateIn: Phase | null;
  /** Share of the requests to the store that meet a fault. */
  readonly noise: number;
  /** Requests for the same retrain at once. */
  readonly askers: number;
  /** Rollbacks at once at the end, among pauses and resumes. */
  readonly rollbacks: number;
  /** The person rejects instead of approving. */
  readonly rejects: boolean;
  /** History events after which the lifecycle continues as new. */
  readonly historyLimit: number;
}

/** More would only be waited for: a killed worker is noticed after ten seconds. */
const MOST_WORKER_KILLS = 2;

/** What happens in the life of a seed. */
export function planOf(seed: number): LifePlan {
  const random = createRandom(seed);
  const chance = (share: number): boolean => random.next() < share;
  const kills = PHASES.filter(() => chance(0.5)).map((phase) => ({
    phase,
    parts: partsOf(random, chance(0.3)),
    delayMs: random.int(300),
  }));
  return {
    seed,
    kills: kills.filter(withFewWorkers()),
    terminateIn: chance(0.3) ? (PHASES[random.int(PHASES.indexOf('bake') + 1)] ?? null) : null,
    noise: [0, 0.01, 0.05][random.int(3)] ?? 0,
    askers: 1 + random.int(12),
    rollbacks: 1 + random.int(6),
    rejects: chance(0.1),
    historyLimit: [60, 150, 1800][random.int(3)] ?? 1800,
  };
}

function partsOf(random: Random, two: boolean): Part[] {
  const order = [...random.permutation(PARTS.length)];
  return order.slice(0, two ? 2 : 1).flatMap((index) => PARTS[index] ?? []);
}

function withFewWorkers(): (kill: PlannedKill) => boolean {
  let workers = 0;
  return ({ parts }) => !parts.includes('worker') || ++workers <= MOST_WORKER_KILLS;
}
