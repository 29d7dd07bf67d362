import { PerennialError } from '../domain/errors.js';
import { epoch, instant, type Instant } from '../domain/references.js';

/** The receipt clock: what `received_at`, `effectiveFrom` and the watermark are read from. Never runs backwards. */
export interface ServingClock {
  readonly stepped: boolean;
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Moves a stepped clock to `to`, durably before it is obeyed; to where it already stands is fine. Throws `clock-is-wall` on a
   * wall clock and `clock-backwards` when `to` lies before now.
   */
  moveTo(to: Instant): Promise<void>;
}

/** Where a stepped clock is kept between two starts. */
export interface ClockMemory {
  load(): Promise<Instant | undefined>;
  save(to: Instant): Promise<void>;
}

/** The machine's clock; when somebody sets it back, it stands still until it is reached again. */
export function createWallClock(machine: () => number = Date.now): ServingClock {
  let latest = 0;
  return {
    stepped: false,
    now: () => (latest = Math.max(latest, machine())),
    moveTo: () =>
      Promise.reject(
        new PerennialError({
          type: 'clock-is-wall',
          thing: 'the clock of this server',
          value: 'wall',
          allowed: 'a stepped clock',
          next: 'Start the server with PERENNIAL_CLOCK=stepped to drive its clock (tests, demo, backtest).',
        }),
      ),
  };
}

/** A clock that moves only when told; before the first time it stands at 1970-01-01T00:00:00.000Z. */
export async function createSteppedClock(memory: ClockMemory): Promise<ServingClock> {
  let at = epoch((await memory.load()) ?? instant(0));
  let moving: Promise<void> = Promise.resolve();
  const move = async (to: Instant): Promise<void> => {
    const next = epoch(to);
    if (next < at) throw backwards(to, at);
    if (next === at) return;
    await memory.save(instant(to));
    at = next;
  };
  return {
    stepped: true,
    now: () => at,
    moveTo: (to) => {
      const moved = moving.then(() => move(to));
      moving = moved.catch(() => undefined);
      return moved;
    },
  };
}

function backwards(to: Instant, at: number): PerennialError {
  return new PerennialError({
    type: 'clock-backwards',
    thing: 'clock: to',
    value: to,
    allowed: `${instant(at)} or later`,
    next: 'A stepped clock never goes back; start with an empty spool folder for another run.',
  });
}
