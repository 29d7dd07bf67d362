import type { LedgerKind } from '../../domain/ledger.js';
import { millis } from '../../domain/duration.js';
import { epoch } from '../../domain/references.js';
import { driftShareOf, skillOf, type CheckEvidence } from '../../domain/check-evidence.js';
import type { LastCheck } from './model-facts.js';
import type { ModelView } from './model-reader.js';

/** A value with the labels it has besides `model`. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A metric that is read per model. */
export interface ModelMetric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  /** Labels besides `model`. */
  readonly labels: readonly string[];
  /** None where there is nothing to tell. `now`: epoch milliseconds. */
  read(view: ModelView, now: number): readonly Sample[];
}

type Read = (view: ModelView, now: number) => number | null | undefined;

const gauge = (name: string, help: string, read: Read): ModelMetric => ({
  ...{ name, help, kind: 'gauge', labels: [] },
  read: (view, now) => {
    const value = read(view, now);
    return value === null || value === undefined ? [] : [[{}, value]];
  },
});

/** Decisions that alerts and dashboards count: a counter that begins at 0 shows its first step. */
const COUNTED: readonly LedgerKind[] = [
  'rolled-back',
  'retrain-refused',
  'spec-refused',
  'refusals',
  'lost',
  'unservable',
];

/** The newest check, as long as what it judged still serves. */
function judged({ facts: { lastCheck, champion } }: ModelView): LastCheck | undefined {
  return lastCheck !== null && lastCheck.champion === champion ? lastCheck : undefined;
}

const whenJudged = (read: (evidence: CheckEvidence, check: LastCheck) => number | null | undefined): Read => {
  return (view) => {
    const check = judged(view);
    return check === undefined || view.evidence === null ? undefined : read(view.evidence, check);
  };
};

/** Skill as a number where 0 is the naive forecast and 1 is perfect. */
const skill = (ratio: number | null | undefined): number | undefined =>
  ratio === null || ratio === undefined ? undefined : 1 - ratio;

const since = (at: string | null, now: number): number | undefined =>
  at === null ? undefined : (now - epoch(at)) / 1000;

const liveError = whenJudged((evidence) => skillOf(evidence)?.error);

const counts = (label: string, map: ReadonlyMap<string, number>): Sample[] =>
  [...map].map(([key, count]) => [{ [label]: key }, count]);

/** What is told of each model, from the store alone: every worker says the same. */
export const MODEL_METRICS: readonly ModelMetric[] = [
  gauge('perennial_champion_version', 'Version that serves; 0 while none does.', ({ facts }) =>
    facts.specDigest === null ? undefined : (facts.champion ?? 0),
  ),
  gauge('perennial_champion_age_seconds', 'Seconds since the champion began to serve.', ({ facts }, now) =>
    facts.champion === null ? undefined : since(facts.championSince, now),
  ),
  gauge('perennial_model_paused', '1 while the model is paused.', ({ facts }) => (facts.paused ? 1 : 0)),
  gauge(
    'perennial_skill',
    'Skill of the champion against the naive forecast on labelled rows, at the last check: 1 is perfect, 0 no better than naive.',
    whenJudged((evidence) => skill(skillOf(evidence)?.ratio)),
  ),
  gauge(
    'perennial_skill_at_release',
    'Skill of the champion on the holdout that released it.',
    whenJudged((evidence) => skill(skillOf(evidence)?.baseline)),
  ),
  {
    name: 'perennial_live_error',
    help: 'The task’s metric of the champion on labelled rows, at the last check.',
    kind: 'gauge',
    labels: ['metric'],
    read: (view, now) => {
      const error = liveError(view, now);
      return error === null || error === undefined ? [] : [[{ metric: view.spec?.task.metric ?? '' }, error]];
    },
  },
  gauge(
    'perennial_judged_rows',
    'Labelled rows that the last check judged the champion by.',
    whenJudged((evidence) => skillOf(evidence)?.rows),
  ),
  gauge(
    'perennial_label_lag_seconds',
    'From the newest labelled row to the as-of of the last check, in event time. At least the label delay.',
    whenJudged((evidence, { asOf }) => {
      const newest = skillOf(evidence)?.newestLabel;
      return newest === null || newest === undefined || asOf === null
        ? undefined
        : (epoch(asOf) - epoch(newest)) / 1000;
    }),
  ),
  gauge(
    'perennial_drift_share',
    'Share of the compared features that had drifted at the last check.',
    whenJudged(driftShareOf),
  ),
  {
    name: 'perennial_check_outcome',
    help: 'Always 1; the labels name what each trigger found at the last check.',
    kind: 'gauge',
    labels: ['trigger', 'outcome'],
    read: (view) =>
      [...(judged(view)?.outcomes ?? [])].map(([trigger, outcome]): Sample => [{ trigger, outcome }, 1]),
  },
  gauge('perennial_last_check_timestamp_seconds', 'When the last check ended.', ({ facts }) =>
    facts.lastCheck === null ? undefined : epoch(facts.lastCheck.at) / 1000,
  ),
  gauge('perennial_check_interval_seconds', 'Time between two checks, by the spec.', ({ spec }) =>
    spec === null ? undefined : millis(spec.monitor.every) / 1000,
  ),
  {
    name: 'perennial_retrains_total',
    help: 'Retrains that ended: `candidate`, `registered-only`, or why there is no candidate.',
    kind: 'counter',
    labels: ['outcome'],
    read: ({ facts }) => counts('outcome', facts.retrains),
  },
  gauge(
    'perennial_retrains_failed_in_a_row',
    'How many of the newest retrains in a row ended because something is broken (data, disk, memory, store).',
    ({ facts }) => facts.failedInARow,
  ),
  {
    name: 'perennial_rollouts_total',
    help: 'Rollouts that ended, by outcome.',
    kind: 'counter',
    labels: ['outcome'],
    read: ({ facts }) => counts('outcome', facts.rollouts),
  },
  {
    name: 'perennial_decisions_total',
    help: 'Lines of the ledger by kind, e.g. `promoted`, `rolled-back`, `retrain-refused`.',
    kind: 'counter',
    labels: ['kind'],
    read: ({ facts: { decisions } }) =>
      counts('kind', new Map([...COUNTED.map((kind) => [kind, 0] as const), ...decisions])),
  },
  gauge(
    'perennial_ledger_readable',
    '0 while a part of the ledger, the spec or the evidence is damaged: the model’s other metrics are then older.',
    ({ readable }) => (readable ? 1 : 0),
  ),
];
