import { describe, expect, it } from 'vitest';
import { specSchema } from '../../domain/spec/spec.js';
import { createRandom } from '../../stats/index.js';
import model from '../../examples/bike-demand/model.js';
import { permute } from './permute.js';
import { measureRates, rateOf, triggersOf } from './rates.js';
import { readRides } from './rides.js';

// A few epochs: what is checked here does not depend on how good the champions are.
const spec = specSchema.parse({ ...model, trainer: { ...model.trainer, epochs: 5 } });
const DAY_MS = 86_400_000;

/** Labels by hour of each day, as text, in any order. */
function daysOf({ eventTimes, label }: Awaited<ReturnType<typeof readRides>>): string[] {
  const days = new Map<number, string[]>();
  eventTimes.forEach((time, row) => {
    const day = Math.floor(time / DAY_MS);
    days.set(day, [...(days.get(day) ?? []), `${time % DAY_MS}:${label[row]}`]);
  });
  return [...days.values()].map((hours) => hours.join(' ')).sort();
}

describe('a permuted copy', () => {
  it('keeps whole days and moves them', async () => {
    const rides = await readRides(spec);
    const copy = permute(rides, 'days', createRandom(1));
    expect(daysOf(copy)).toEqual(daysOf(rides));
    expect(copy.label).not.toEqual(rides.label);
    expect(copy.eventTimes).toEqual(copy.eventTimes.slice().sort());
  });

  it('keeps the hour of the week when weeks are moved', async () => {
    const rides = await readRides(spec);
    const copy = permute(rides, 'weeks', createRandom(1));
    const weekdays = copy.categories['weekday'] ?? [];
    const moved = weekdays.filter(
      (weekday, row) => Number(weekday) !== new Date(copy.eventTimes[row] ?? 0).getUTCDay(),
    );
    expect(moved).toEqual([]);
    expect(copy.rows).toBeGreaterThan(rides.rows - 7 * 24);
  });
});

describe('rates of false triggers', () => {
  it('count alarms of each trigger, the same for the same seed', async () => {
    const rides = await readRides(spec);
    const options = {
      spec,
      triggers: triggersOf(spec),
      block: 'rows',
      copies: 2,
      checks: 2,
      seed: 1,
    } as const;
    const { rates } = await measureRates(rides, options);
    expect((await measureRates(rides, options)).rates).toEqual(rates);
    // On rows in any order the tests' own assumption holds, and their level bounds the alarms.
    const anyFeature = rates.find(({ trigger }) => trigger.endsWith('in any feature'));
    expect(anyFeature).toMatchObject({ checks: 4, fired: 0 });
  });

  it('are bounded by champions, not by checks', () => {
    const trigger = triggersOf(spec)[0];
    if (trigger === undefined) throw new Error('the demo has no trigger that looks at data');
    const champion = (fired: number) => ({
      checks: 4,
      fired: { [trigger.name]: fired },
      baseline: { holdout: 1, long: 1 },
    });
    const never = rateOf(trigger, 'days', [champion(0), champion(0)]);
    expect(never).toMatchObject({ rate: 0, lower: 0, upper: 1 - Math.sqrt(0.05) });
    const sometimes = rateOf(trigger, 'days', [champion(4), champion(0), champion(0), champion(0)]);
    expect(sometimes).toMatchObject({ rate: 0.25, fired: 4, checks: 16, lower: 0 });
    expect(sometimes.upper).toBeGreaterThan(0.4);
  });
});
