import { join } from 'node:path';
import { createDeliveries, type Deliveries } from '../../client/demo/deliveries.js';
import type { Ride } from '../../client/demo/forecasts.js';
import { groupByDay } from '../../client/demo/live-loop.js';
import { isDeliveryDay, PEOPLE, PLAN, plusDays, storyDays } from '../../client/demo/plan.js';
import { createSteppedClock, type SteppedClock } from '../../client/demo/stepped-clock.js';
import { moveClock, postRides } from '../../client/demo/traffic.js';
import type { Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { projectRoot } from '../../client/servers/project-root.js';
import { readSpecFile } from '../../client/spec-file.js';
import type { ModelSpec } from '../../domain/spec/spec.js';

/** A real model on a real stack whose event time stands still while a person is asked. */
export interface Story {
  readonly stack: Stack;
  readonly perennial: Perennial;
  readonly spec: ModelSpec;
}

/** How to tell it. */
export interface StoryOptions {
  readonly state: string;
  readonly shutdown: Shutdown;
  readonly say: (line: string) => void;
  /** Called each time a candidate waits for a person; the story goes on when that candidate was decided on. */
  readonly onPerson: (story: Story, version: number) => Promise<void>;
  /** Ends the story. */
  readonly done: () => boolean;
}

/** Lives through the first months of the demo's bike rentals, without its staged faults. */
export async function tellStory(options: StoryOptions): Promise<Story> {
  const { state, shutdown, say } = options;
  const dataRoot = join(state, 'data');
  const deliveries = await createDeliveries({ dataRoot });
  const stack = await startStack({
    ...{ state, dataRoots: [dataRoot], clock: 'stepped', staged: false, shutdown, progress: say },
    approvers: { 'ml-leads': [PEOPLE.approver, PEOPLE.operator] },
  });
  const perennial = await Perennial.connect({ state, by: PEOPLE.approver });
  shutdown.add(() => perennial.close());
  const spec = await readSpecFile(join(projectRoot(), 'examples', 'bike-demand', 'model.ts'));
  const story = { stack, perennial, spec };
  await deliveries.deliverUntil(PLAN.historyUntil);
  await moveClock({ url: stack.serving.url }, PLAN.firstDay);
  await perennial.apply(spec, { by: PEOPLE.operator, reason: 'first spec' });
  const { anchor } = await perennial.state(spec.model);
  if (anchor === null) throw new Error('the model has no first as-of; see the log of the worker');
  const clock = createSteppedClock({
    ...{ perennial, spec, anchor, signal: shutdown.signal },
    onPerson: async () => {
      const evidence = await perennial.evidence(spec.model);
      if (evidence !== null) await options.onPerson(story, evidence.version);
    },
    onSettled: () => Promise.resolve(),
  });
  await clock.settle(PLAN.firstDay);
  await liveOn(options, { ...story, deliveries, clock, rides: await deliveries.rides() });
  return story;
}

interface Days extends Story {
  readonly deliveries: Deliveries;
  readonly clock: SteppedClock;
  readonly rides: readonly Ride[];
}

async function liveOn({ done, shutdown, say }: StoryOptions, days: Days): Promise<void> {
  const door = { url: days.stack.serving.url };
  const inputs = Object.entries(days.spec.features).map(([name, { type }]) => ({ name, type }));
  const byDay = groupByDay(days.rides);
  for (const day of storyDays()) {
    if (done()) return;
    shutdown.signal.throwIfAborted();
    await postRides(door, days.spec.model, inputs, byDay.get(day) ?? []);
    const midnight = plusDays(day, 1);
    if (isDeliveryDay(midnight)) await days.deliveries.deliverUntil(midnight);
    await moveClock(door, midnight);
    await days.clock.advance(midnight);
    say(`lived through ${day.slice(0, 10)}`);
  }
  throw new Error('the story ended before there was enough to show');
}
