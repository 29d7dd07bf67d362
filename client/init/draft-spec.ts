import { PerennialError } from '../../domain/errors.js';
import type { DescribedTable } from '../../engines/tables/column-facts.js';
import { guessFeatures, type FeatureGuesses } from './guess-features.js';
import { guessTask, type TaskGuess, type Told } from './guess-task.js';
import { readingComments, readingOf } from './guess-reading.js';
import { guessTimes, type TimeGuesses } from './guess-times.js';

/** What to draft a spec from. */
export interface DraftRequest extends Told {
  readonly model: string;
  /** File or glob, relative to a data root. */
  readonly rows: string;
}

/** A first spec with what each part of it rests on. */
export interface Draft {
  /** As a spec file states it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Comments by path, in the order of the file. */
  readonly comments: readonly { readonly path: readonly string[]; readonly text: string }[];
  /** What a person should look at before applying it. */
  readonly warnings: readonly string[];
}

const METRIC = { regression: 'mae', binary: 'roc_auc', multiclass: 'f1_macro' } as const;
const LEAST_ROWS = 100;

/** Drafts a spec for a table: every guess with its reason. The result applies as it is. */
export async function draftSpec(table: DescribedTable, request: DraftRequest): Promise<Draft> {
  const task = guessTask(table, request);
  const guesses = await guessFeatures(table, task);
  if (guesses.features.length === 0) throw nothingToLearnFrom(guesses);
  const times = guessTimes(table, task);
  return {
    spec: specOf(request, { table, task, guesses, times }),
    comments: commentsOf({ table, task, guesses, times }),
    warnings: warningsOf({ table, task, guesses, times }),
  };
}

const nothingToLearnFrom = ({ leftOut }: FeatureGuesses): PerennialError =>
  new PerennialError({
    type: 'bad-input',
    thing: 'columns',
    value: leftOut.map(({ name, because }) => `${name} (${because})`).join('; '),
    allowed: 'at least one column to learn from',
    next: 'Add a column that is known when a prediction is asked for.',
  });

interface Parts {
  readonly table: DescribedTable;
  readonly task: TaskGuess;
  readonly guesses: FeatureGuesses;
  readonly times: TimeGuesses;
}

function specOf({ model, rows }: DraftRequest, { table, task, guesses, times }: Parts): Draft['spec'] {
  const { key, kind, label, time } = task;
  const minLabels = Math.max(10, Math.min(200, Math.floor(times.blockRows / 2)));
  const trainRows = Math.floor(times.rowsPerDay * times.days * 0.5);
  return {
    model,
    task: { kind: kind.value, label: label.value.name, metric: METRIC[kind.value], naive: times.naive },
    source: {
      ...{ rows, eventTime: time.value.name },
      ...(key.value === null ? {} : { key: key.value }),
      ...readingOf(table, task),
      ...{ lateness: '0 seconds', labels: { delay: '0 seconds' } },
    },
    features: Object.fromEntries(guesses.features.map(({ name, spec }) => [name, spec])),
    window: {
      ...{ kind: 'fixed', length: times.window, validation: times.block, holdout: times.block },
      ...(trainRows < LEAST_ROWS ? { minRows: Math.max(1, trainRows) } : {}),
    },
    trainer: { kind: 'trees' },
    monitor: { every: times.monitorEvery },
    triggers: [
      { kind: 'schedule', every: times.retrainEvery },
      { kind: 'performance', worseBy: '20%', over: times.block, minLabels },
      { kind: 'data-drift', test: 'psi', over: times.block, action: 'alert' },
    ],
    gates: [{ kind: 'not-worse-than-champion', margin: '5%', confidence: 0.8 }],
    rollout: {
      first: 'ask',
      shadow: times.shadow,
      approval: { from: ['ml-leads'], expiresAfter: '7 days', onExpiry: 'reject' },
      bake: { span: times.shadow.span, rollBackIfWorseBy: '10%' },
    },
  };
}

function commentsOf({ table, task, guesses, times }: Parts): Draft['comments'] {
  const pace = times.rowsPerDay >= 10 ? times.rowsPerDay.toFixed(0) : times.rowsPerDay.toFixed(1);
  const left = guesses.leftOut.map(
    ({ name, because, leak }) => `${leak ? 'PROBABLE LEAK, left out' : 'left out'}: ${name}: ${because}`,
  );
  return [
    { path: ['task', 'kind'], text: task.kind.because },
    { path: ['task', 'label'], text: task.label.because },
    { path: ['task', 'naive'], text: 'the trivial baseline that the model has to beat' },
    { path: ['source', 'eventTime'], text: task.time.because },
    ...(task.key.value === null ? [] : [{ path: ['source', 'key'], text: task.key.because }]),
    ...readingComments(table, task),
    { path: ['source', 'lateness'], text: 'how long after its time a row may still arrive: yours to say' },
    {
      path: ['source', 'labels'],
      text: 'how long after its time a label is known: yours to say, and it matters',
    },
    ...(left.length === 0 ? [] : [{ path: ['features'], text: left.join('\n') }]),
    ...guesses.features.flatMap(({ name, because }) =>
      because === null ? [] : [{ path: ['features', name], text: because }],
    ),
    {
      path: ['window'],
      text: `the rows cover ${times.days.toFixed(times.days < 10 ? 1 : 0)} days, ${pace} a day`,
    },
    { path: ['trainer'], text: 'boosted trees with their defaults: the usual choice for tables' },
    { path: ['rollout', 'shadow'], text: 'assumes as many requests as there are rows' },
    { path: ['rollout', 'approval'], text: '`perennial up --approvers ml-leads=you,…` says who that is' },
  ];
}

function warningsOf({ table, task, guesses, times }: Parts): string[] {
  const { key, time } = task;
  const leaks = guesses.leftOut.filter(({ leak }) => leak);
  return [
    ...leaks.map(({ name, because }) => `${name} is left out as a probable leak: ${because}`),
    ...(time.value.unique || key.value !== null
      ? []
      : [
          `${key.because}: the contract will refuse rows with the same time. Add a column that identifies each row, and name it as source.key.`,
        ]),
    ...(time.value.missing === 0
      ? []
      : [
          `${time.value.missing} of ${table.rows} rows have no ${time.value.name}: the contract will refuse them.`,
        ]),
    ...(task.label.value.missing === 0
      ? []
      : [
          `${task.label.value.missing} of ${table.rows} rows have no ${task.label.value.name}, the label: they are not trained on.`,
        ]),
    ...(times.blockRows < 30
      ? [
          `The holdout has about ${times.blockRows} rows: too few to prove much. Make window.holdout longer when there are more.`,
        ]
      : []),
  ];
}
