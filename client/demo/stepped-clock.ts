import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleNotFoundError } from '@temporalio/client';
import { millis } from '../../domain/duration.js';
import { PerennialError } from '../../domain/errors.js';
import type { SettledQuery } from '../../domain/messages.js';
import { monitorScheduleId, retrainScheduleId } from '../../domain/names.js';
import { epoch, instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Perennial } from '../sdk/perennial.js';

/** First pause between two questions; each next one is longer, because every question costs the worker a workflow task. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 50;

/** How the stepped clock is driven. */
export interface SteppedClockOptions {
  readonly perennial: Perennial;
  readonly spec: ModelSpec;
  /** As-of of the first version: slots count from it. */
  readonly anchor: string;
  /** Called while a candidate waits for a person; event time stands still until it resolves. */
  readonly onPerson: () => Promise<void>;
  /** Called each time the model has settled. */
  readonly onSettled: () => Promise<void>;
  /** How long one step may take before the model counts as stuck, milliseconds. @default 180000 */
  readonly stepWithinMs?: number;
  readonly signal: AbortSignal;
}

/** Drives a model through event time: schedule slots by backfill, then a wait until the model has settled. */
export interface SteppedClock {
  /** Backfills every monitor slot, then every scheduled ask, up to `to`, and waits after each until the model has settled. */
  advance(to: string): Promise<void>;
  /** Waits until nothing runs and nothing waits but event time. Throws `not-settled` after `stepWithinMs`. */
  settle(to: string): Promise<void>;
}

/** A driver for one model. Slots that were driven once are not driven again. */
export function createSteppedClock(options: SteppedClockOptions): SteppedClock {
  const { perennial, spec, anchor } = options;
  const schedule = spec.triggers.find((trigger) => trigger.kind === 'schedule');
  const checks = new Slots(anchor, millis(spec.monitor.every));
  const asks = schedule === undefined ? undefined : new Slots(anchor, millis(schedule.every));
  const settle = (to: string): Promise<void> => {
    const query = { to, ...checks.newest('checkedTo'), ...asks?.newest('askedTo') };
    return settleAt(options, query);
  };
  return {
    settle,
    async advance(to) {
      await settle(to);
      for (const slot of checks.due(to)) {
        await backfill(perennial, monitorScheduleId(spec.model), slot);
        await settle(to);
      }
      for (const slot of asks?.due(to) ?? []) {
        await backfill(perennial, retrainScheduleId(spec.model), slot);
        await settle(to);
      }
    },
  };
}

/** The nominal times of a schedule: `anchor + k · every`, k = 1, 2, … */
class Slots {
  readonly #anchor: number;
  readonly #every: number;
  #done = 0;

  constructor(anchor: string, every: number) {
    this.#anchor = Math.floor(epoch(anchor) / 1000) * 1000; // Schedules count whole seconds.
    this.#every = every;
  }

  *due(to: string): Generator<string> {
    while (this.#anchor + (this.#done + 1) * this.#every <= epoch(to)) {
      this.#done += 1;
      yield this.#at(this.#done);
    }
  }

  newest(name: 'checkedTo' | 'askedTo'): Partial<SettledQuery> {
    return this.#done === 0 ? {} : { [name]: this.#at(this.#done) };
  }

  #at(k: number): string {
    return instant(this.#anchor + k * this.#every);
  }
}

async function backfill(perennial: Perennial, scheduleId: string, slot: string): Promise<void> {
  const { client } = await perennial.temporal();
  // The range is exclusive at its start and inclusive at its end.
  const start = new Date(epoch(slot) - 1000);
  const end = new Date(epoch(slot) + 1000);
  try {
    await client.schedule.getHandle(scheduleId).backfill({ start, end, overlap: 'ALLOW_ALL' });
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    const next = 'Look at the ledger: the spec may not have been applied.';
    throw new PerennialError({
      type: 'no-schedule',
      thing: 'schedule',
      value: scheduleId,
      allowed: 'one that exists',
      next,
    });
  }
}

async function settleAt(options: SteppedClockOptions, query: SettledQuery): Promise<void> {
  const { perennial, spec, signal, onPerson, onSettled, stepWithinMs = 180_000 } = options;
  let deadline = performance.now() + stepWithinMs;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    signal.throwIfAborted();
    const { settled, waitingFor } = await perennial.settled(spec.model, query);
    if (settled && waitingFor !== 'person') return onSettled();
    if (settled) {
      await onSettled();
      await onPerson();
      deadline = performance.now() + stepWithinMs;
      continue;
    }
    if (performance.now() > deadline) throw stuck(query.to, waitingFor, stepWithinMs);
    await sleep(pause);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5);
  }
}

function stuck(to: string, waitingFor: string, withinMs: number): PerennialError {
  return new PerennialError({
    type: 'not-settled',
    thing: `model at ${to}`,
    value: `waiting for ${waitingFor}`,
    allowed: `settled within ${withinMs / 1000} s`,
    next: 'Look at the open workflow in the Web UI, or at the logs of worker and serving.',
  });
}
