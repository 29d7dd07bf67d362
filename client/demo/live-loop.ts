import type { ModelInput } from '../../domain/manifest.js';
import type { ServingDoor } from '../sdk/infer.js';
import type { ScheduledBaseline } from './baselines.js';
import type { Deliveries } from './deliveries.js';
import type { Ride } from './forecasts.js';
import { isDeliveryDay, PLAN, plusDays, storyDays } from './plan.js';
import type { SteppedClock } from './stepped-clock.js';
import type { Timeline } from './timeline.js';
import { moveClock, postRides, type Answered } from './traffic.js';

/** What one pass through the story's days needs. */
export interface LiveLoop {
  readonly serving: ServingDoor;
  readonly inputs: readonly ModelInput[];
  readonly rides: readonly Ride[];
  readonly deliveries: Deliveries;
  readonly clock: SteppedClock;
  readonly baseline: ScheduledBaseline;
  readonly timeline: Timeline;
  /** Stages what is due at this midnight. */
  readonly faults: (midnight: string) => Promise<void>;
  readonly signal: AbortSignal;
  /** Day before which the loop ends. @default PLAN.end */
  readonly until?: string | undefined;
}

/**
 * Lives through the days: requests, deliveries, clock, schedule slots, and a wait until the model has settled. Gives every answer
 * that serving gave, in order.
 */
export async function liveThroughDays(loop: LiveLoop): Promise<Answered[]> {
  const answers: Answered[] = [];
  const byDay = groupByDay(loop.rides);
  const counts = new Map(loop.rides.map(({ at, count }) => [at, count]));
  const days = storyDays(loop.until);
  for (const [i, day] of days.entries()) {
    loop.signal.throwIfAborted();
    const rides = byDay.get(day) ?? [];
    answers.push(...(await postRides(loop.serving, PLAN.model, loop.inputs, rides)));
    const midnight = plusDays(day, 1);
    if (isDeliveryDay(midnight)) await loop.deliveries.deliverUntil(midnight);
    await moveClock(loop.serving, midnight);
    await loop.clock.advance(midnight);
    await loop.baseline.advance(midnight);
    await loop.faults(midnight);
    loop.timeline.progress(statusLine(day, (i + 1) / days.length, answers, counts));
  }
  return answers;
}

/** Rides by the midnight that their day begins with. */
export function groupByDay(rides: readonly Ride[]): Map<string, Ride[]> {
  const days = new Map<string, Ride[]>();
  for (const ride of rides) {
    const day = `${ride.at.slice(0, 10)}T00:00:00.000Z`;
    const list = days.get(day);
    if (list === undefined) days.set(day, [ride]);
    else list.push(ride);
  }
  return days;
}

const WEEK_OF_ANSWERS = 7 * 24;
const BAR_WIDTH = 20;

function statusLine(
  day: string,
  share: number,
  answers: readonly Answered[],
  counts: ReadonlyMap<string, number>,
): string {
  const recent = answers.slice(-WEEK_OF_ANSWERS);
  const errors = recent.map(({ at, prediction }) => Math.abs(prediction - (counts.get(at) ?? prediction)));
  const mean = errors.reduce((sum, error) => sum + error, 0) / Math.max(1, errors.length);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return `${day.slice(0, 10)} ${bar} ${Math.round(share * 100)} %  champion v${recent.at(-1)?.version ?? '–'}  error of 7 days ${mean.toFixed(0)}`;
}
