import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LedgerLine } from '../../domain/ledger.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { FittedModel } from '../../engines/training/fitted-model.js';
import { deserializeModel } from '../../engines/training/serialize.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import type { Io } from '../cli/io.js';
import type { Shutdown } from '../processes/shutdown.js';
import { startStack, type Stack } from '../processes/stack.js';
import { Perennial } from '../sdk/perennial.js';
import { createApprover, type Approver } from './approver.js';
import { forecastWith, ScheduledBaseline } from './baselines.js';
import { createDeliveries, type Deliveries } from './deliveries.js';
import { readDemoSpec, type DemoTrainer } from './demo-spec.js';
import { createFaults } from './faults.js';
import { errorSpan, naiveForecast, type Forecasts, type Ride } from './forecasts.js';
import { createLedgerReader, type LedgerReader } from './ledger-reader.js';
import { liveThroughDays } from './live-loop.js';
import { PEOPLE, PLAN } from './plan.js';
import { createSteppedClock, type SteppedClock } from './stepped-clock.js';
import { summarize, type DemoSummary } from './summary.js';
import { createTimeline, type Timeline } from './timeline.js';
import { moveClock, type Answered } from './traffic.js';

/** How to run the demo. */
export interface DemoOptions {
  /** Emptied first: the story begins with nothing. */
  readonly state: string;
  /** A folder, `s3://bucket/prefix`, or `s3`: an S3 server of its own. @default <state>/store */
  readonly store?: string | undefined;
  readonly io: Io;
  /** Where the timeline goes: standard output, or standard error when that is for the summary. */
  readonly write: (text: string) => void;
  readonly shutdown: Shutdown;
  /** Trainer of the model, and of the policies that it is compared with. @default 'mlp' */
  readonly trainer?: DemoTrainer | undefined;
  /** Midnight before which the story ends: a shorter one for tests. @default PLAN.end */
  readonly until?: string | undefined;
}

/** What the demo ended with. */
export interface DemoResult {
  /** Every decision, oldest first. */
  readonly ledger: readonly LedgerLine[];
  readonly summary: DemoSummary;
  readonly rides: readonly Ride[];
  readonly forecasts: Forecasts;
  readonly stack: Stack;
  readonly timeline: Timeline;
}

/** Everything that the chapters of the story share. */
interface Stage {
  readonly options: DemoOptions;
  readonly stack: Stack;
  readonly perennial: Perennial;
  readonly spec: ModelSpec;
  readonly timeline: Timeline;
  readonly approver: Approver;
  readonly ledger: LedgerReader;
  readonly deliveries: Deliveries;
  readonly rides: readonly Ride[];
  /** Folder of the delivered files. */
  readonly dataRoot: string;
}

/**
 * Runs the whole story: two years of hourly bike rentals through a real Temporal server, worker and serving replica. Everything
 * that it starts is added to `shutdown`, which the caller runs. Throws what stopped the story; two runs end in the same champion.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const stage = await setUp(options);
  const { first, clock, anchor } = await firstChampion(stage);
  const { spec, stack, rides, timeline, perennial } = stage;
  const { signal } = options.shutdown;
  const scratch = join(resolve(options.state), 'scheduled-baseline');
  const everyDays = PLAN.scheduledEveryDays;
  const baseline = new ScheduledBaseline({
    spec,
    dataRoot: stage.dataRoot,
    scratch,
    anchor,
    everyDays,
    first,
    signal,
  });
  const faults = createFaults({
    perennial,
    stack,
    timeline,
    signal,
    settle: clock.settle,
    tell: () => tell(stage),
  });
  timeline.chapter('The seasons change');
  const answers = await liveThroughDays({
    serving: { url: stack.serving.url },
    inputs: Object.entries(spec.features).map(([name, { type }]) => ({ name, type })),
    ...{ rides, deliveries: stage.deliveries, clock, baseline, timeline, signal },
    faults: faults.at,
    until: options.until,
  });
  timeline.progress('comparing with the other policies');
  const forecasts = await forecastAll(stage, { answers, first, baseline });
  const summary = summarize({
    model: spec.model,
    ledger: stage.ledger.all,
    judged: errorSpan(rides, forecasts, PLAN.judgedFrom, PLAN.end),
    resumedDigestEqual: faults.seen.resumedDigestEqual,
    scheduledRetrains: baseline.retrains,
    champion: (await perennial.state(spec.model)).aliases.champion,
  });
  return { ledger: stage.ledger.all, summary, rides, forecasts, stack, timeline };
}

async function setUp(options: DemoOptions): Promise<Stage> {
  const { io, write, shutdown } = options;
  const timeline = createTimeline(io, write);
  const state = resolve(options.state);
  rmSync(state, { recursive: true, force: true });
  timeline.chapter('Setting up');
  const dataRoot = join(state, 'data');
  const deliveries = await createDeliveries({ dataRoot, fahrenheitWeekEndingAt: PLAN.fahrenheitDelivery });
  const rides = await deliveries.rides();
  const stack = await startStack({
    webhooks: '[]', // two years in minutes are for nobody’s channel
    ...{ state, dataRoots: [dataRoot], clock: 'stepped', staged: true, shutdown },
    store: options.store,
    approvers: { 'ml-leads': [PEOPLE.approver, PEOPLE.operator] },
    progress: (line) => timeline.event(null, 'dim', line),
  });
  const perennial = await Perennial.connect({
    ...{ state, by: PEOPLE.approver },
    env: { ...process.env, ...stack.s3?.environment },
  });
  shutdown.add(() => perennial.close());
  const spec = await readDemoSpec(options.trainer ?? 'mlp');
  if (stack.running.ui !== null) timeline.event(null, 'dim', `Temporal Web UI: ${stack.running.ui}`);
  const approver = createApprover(io, timeline, shutdown.signal);
  const ledger = createLedgerReader(perennial.store, spec.model);
  return { options, stack, perennial, spec, timeline, approver, ledger, deliveries, rides, dataRoot };
}

/** Delivers the history, applies the spec, and waits for the first champion. */
async function firstChampion(
  stage: Stage,
): Promise<{ first: FittedModel; clock: SteppedClock; anchor: string }> {
  const { perennial, spec, stack, timeline } = stage;
  timeline.chapter('The first champion');
  await stage.deliveries.deliverUntil(PLAN.historyUntil);
  await moveClock({ url: stack.serving.url }, PLAN.firstDay);
  await perennial.apply(spec, { by: PEOPLE.operator, reason: 'first spec' });
  const { anchor } = await perennial.state(spec.model);
  if (anchor === null) throw new Error('the model has no first as-of; see the log of the worker');
  const clock = clockOf(stage, anchor);
  await clock.settle(PLAN.firstDay);
  const { aliases } = await perennial.state(spec.model);
  if (aliases.champion === null)
    throw new Error('the first version was not promoted; see the timeline above');
  const { manifest } = await perennial.manifest(spec.model, aliases.champion.version);
  return { first: deserializeModel(await getArtifact(perennial.store, manifest.weights)), clock, anchor };
}

function clockOf(stage: Stage, anchor: string): SteppedClock {
  const { perennial, spec, approver, options } = stage;
  const onPerson = async (): Promise<void> => {
    const evidence = await perennial.evidence(spec.model);
    if (evidence === null) return;
    const { version, verdicts } = evidence;
    const { watermark } = await perennial.state(spec.model);
    const { decision, reason } = await approver.decide({ version, at: watermark ?? anchor, verdicts });
    await perennial.decide(spec.model, decision, { version, by: PEOPLE.approver, reason });
  };
  return createSteppedClock({
    perennial,
    spec,
    anchor,
    onPerson,
    onSettled: () => tell(stage),
    signal: options.shutdown.signal,
  });
}

/** Shows what the ledger has got since the last time. */
async function tell({ ledger, timeline }: Stage): Promise<void> {
  for (const line of await ledger.next()) timeline.ledger(line);
}

async function forecastAll(
  stage: Stage,
  {
    answers,
    first,
    baseline,
  }: { answers: readonly Answered[]; first: FittedModel; baseline: ScheduledBaseline },
): Promise<Forecasts> {
  const answered = new Set(answers.map(({ at }) => at));
  const rides = stage.rides.filter(({ at }) => answered.has(at));
  const never = new Map<string, number>();
  await forecastWith(stage.spec, first, rides, never);
  return {
    static: never,
    scheduled: await baseline.forecasts(rides),
    perennial: new Map(answers.map(({ at, prediction }) => [at, prediction])),
    naive: naiveForecast(stage.rides, 1),
    naiveLastWeek: naiveForecast(stage.rides, 7),
  };
}
