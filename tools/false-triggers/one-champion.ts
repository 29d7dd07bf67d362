import { measureDrift } from '../../activities/drift.js';
import { profileOf, type ReferenceProfile } from '../../activities/reference-profile.js';
import { millis } from '../../domain/duration.js';
import { epoch } from '../../domain/references.js';
import type { ModelSpec, TriggerSpec } from '../../domain/spec/spec.js';
import { planWindow } from '../../engines/features/plan-window.js';
import type { Table } from '../../engines/features/table.js';
import { trainModel } from '../../engines/training/train.js';
import { judgeDrift, judgePerformance } from '../../policy/triggers.js';
import { between } from './permute.js';
import { baselineOf, naiveOf, skillAt, type Baseline, type Scored } from './skill.js';

type Performance = Extract<TriggerSpec, { kind: 'performance' }>;
type Drift = Extract<TriggerSpec, { kind: 'data-drift' }>;

/** A trigger under test and the name of its line in the table. */
export interface NamedTrigger {
  readonly name: string;
  readonly trigger: Performance | Drift;
  /** Where r₀ comes from: the champion's holdout, as in production, or {@link LONG} after its checks, to see what its noise does. */
  readonly baseline: 'holdout' | 'long';
}

/** What the weekly checks of one champion said. */
export interface ChampionChecks {
  readonly checks: number;
  /** How often each trigger fired, by name. */
  readonly fired: Readonly<Record<string, number>>;
  /** r₀: the champion's loss over the naive forecast's. */
  readonly baseline: Readonly<Record<NamedTrigger['baseline'], number>>;
}

/** One champion on one copy of the data. */
export interface ChampionOptions {
  readonly spec: ModelSpec;
  readonly triggers: readonly NamedTrigger[];
  /** How many weekly checks follow its release. */
  readonly checks: number;
}

/** Rows after the checks on which r₀ is measured once more, with hardly any noise. */
export const LONG = '300 days';

const WEEK_MS = 7 * 86_400_000;

interface Champion extends Scored {
  readonly profile: ReferenceProfile;
  readonly baseline: Readonly<Record<NamedTrigger['baseline'], Baseline>>;
}

/**
 * Trains one champion on the first window of `table`, freezes its baseline on its holdout as a retrain does, and checks it every
 * week after that. The measuring and judging code is that of the monitor; only the prediction log is left out.
 */
export async function checkChampion(table: Table, options: ChampionOptions): Promise<ChampionChecks> {
  const { spec, triggers, checks } = options;
  const asOf = (table.eventTimes[0] ?? 0) + beforeChecks(spec);
  const champion = await release(table, { spec, asOf, checked: asOf + checks * WEEK_MS });
  const fired = new Map<string, number>();
  for (let week = 1; week <= checks; week++) {
    for (const named of triggers) {
      const outcome = await outcomeAt(champion, asOf + week * WEEK_MS, named);
      if (outcome === 'fired') fired.set(named.name, (fired.get(named.name) ?? 0) + 1);
    }
  }
  return { checks, fired: Object.fromEntries(fired), baseline: ratiosOf(champion.baseline) };
}

/** Days of rows that one champion, its checks and the long baseline need. */
export const daysNeeded = ({ spec, checks }: Pick<ChampionOptions, 'spec' | 'checks'>): number =>
  Math.ceil((beforeChecks(spec) + checks * WEEK_MS + millis(LONG)) / 86_400_000);

/** A season for the naive forecast, then the window, then the label delay. */
function beforeChecks({ task, window, source }: ModelSpec): number {
  const season = task.naive.kind === 'seasonal' ? millis(task.naive.period) : 0;
  const length = window.kind === 'fixed' ? millis(window.length) : 0;
  return season + length + millis(source.labels.delay);
}

async function release(
  table: Table,
  { spec, asOf, checked }: { spec: ModelSpec; asOf: number; checked: number },
): Promise<Champion> {
  const plan = planWindow({ spec, asOf: new Date(asOf).toISOString() });
  const block = ({ from, to }: { from: string; to: string }): Table => between(table, epoch(from), epoch(to));
  const train = block(plan.train);
  const model = await trainModel({ spec, train, validation: block(plan.validation) });
  const scored = { spec, table, model, naive: naiveOf(spec, table) };
  const holdout = await baselineOf(scored, epoch(plan.holdout.from), epoch(plan.holdout.to));
  const long = await baselineOf(scored, checked, checked + millis(LONG));
  return { ...scored, profile: profileOf(spec, train), baseline: { holdout, long } };
}

const ratiosOf = ({ holdout, long }: Champion['baseline']): ChampionChecks['baseline'] => ({
  holdout: holdout.skillRatio ?? Number.NaN,
  long: long.skillRatio ?? Number.NaN,
});

async function outcomeAt(
  champion: Champion,
  at: number,
  { trigger, baseline }: NamedTrigger,
): Promise<string> {
  if (trigger.kind === 'performance') {
    const seen = await skillAt(champion, { at, trigger, baseline: champion.baseline[baseline] });
    return judgePerformance(trigger, seen).outcome;
  }
  const { spec, table, profile } = champion;
  const current = between(table, at - millis(trigger.over ?? '7 days') + 1, at + 1);
  return judgeDrift(trigger, measureDrift({ spec, trigger, current, profile })).outcome;
}
