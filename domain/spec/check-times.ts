import { formatMillis, millis, type Duration } from '../duration.js';
import { problem, type SpecProblem } from './problem.js';
import { shareAtMostOne } from './check-columns.js';
import type { SpecParts } from './spec-parts.js';
import type { TriggerSpec } from './spec.js';

type Path = readonly PropertyKey[];

/** Durations against each other: window and its blocks, gaps and label delay, schedules, rollout. */
export function checkTimes(parts: SpecParts): SpecProblem[] {
  return [...checkWindow(parts), ...checkSeason(parts), ...checkTriggers(parts), ...checkRollout(parts)];
}

function checkWindow({ whole: { window, source } }: SpecParts): SpecProblem[] {
  if (window === undefined) return [];
  const problems = [
    ...positive(['window', 'validation'], window.validation),
    ...positive(['window', 'holdout'], window.holdout),
    ...(window.kind === 'fixed' ? positive(['window', 'length'], window.length) : []),
  ];
  const delay = source?.labels.delay ?? '0 seconds';
  if (window.gap !== undefined && millis(window.gap) < millis(delay)) {
    const allowed = `at least source.labels.delay, which is ${delay}: labels of one block must not reach into the next`;
    problems.push(
      problem({ path: ['window', 'gap'], value: window.gap, allowed, next: 'Lengthen or remove it.' }),
    );
  }
  if (window.kind === 'all' || problems.length > 0) return problems;
  return blocksFit(window, window.gap ?? delay);
}

interface Blocks {
  readonly length: Duration;
  readonly validation: Duration;
  readonly holdout: Duration;
}

function blocksFit({ length, validation, holdout }: Blocks, gap: Duration): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [name, block] of [
    ['holdout', holdout],
    ['validation', validation],
  ] as const) {
    if (millis(block) < millis(length)) continue;
    const allowed = `shorter than window.length, which is ${length}`;
    problems.push(
      problem({
        path: ['window', name],
        value: block,
        allowed,
        next: 'Lengthen the window or shorten the block.',
      }),
    );
  }
  const rest = millis(holdout) + millis(validation) + 2 * millis(gap);
  if (problems.length === 0 && rest >= millis(length)) {
    const allowed = `more than holdout, validation and two gaps of ${gap}, which take ${formatMillis(rest)}`;
    const next = 'Lengthen the window, so that rows are left to train on.';
    problems.push(problem({ path: ['window', 'length'], value: length, allowed, next }));
  }
  return problems;
}

function checkSeason({ whole: { task } }: SpecParts): SpecProblem[] {
  return task?.naive.kind === 'seasonal' ? positive(['task', 'naive', 'period'], task.naive.period) : [];
}

function checkTriggers({ triggers, whole: { monitor } }: SpecParts): SpecProblem[] {
  const first = triggers.findIndex((trigger) => trigger?.kind === 'schedule');
  const each = triggers.flatMap((trigger, index) => {
    if (trigger === undefined) return [];
    const path = ['triggers', index];
    if (trigger.kind !== 'schedule' || index === first) return checkTrigger(path, trigger, monitor?.every);
    const allowed = `one schedule at most, and triggers[${first}] is one`;
    return [problem({ path, allowed, next: 'Remove one of them.' })];
  });
  return monitor === undefined ? each : [...positive(['monitor', 'every'], monitor.every), ...each];
}

function checkTrigger(path: Path, trigger: TriggerSpec, monitorEvery: Duration | undefined): SpecProblem[] {
  switch (trigger.kind) {
    case 'schedule':
      return checkSchedule(path, trigger, monitorEvery);
    case 'performance':
      return positive([...path, 'over'], trigger.over);
    case 'data-drift': {
      const problems = shareAtMostOne([...path, 'shareOfFeatures'], trigger.shareOfFeatures);
      if (trigger.over !== undefined) problems.push(...positive([...path, 'over'], trigger.over));
      if (trigger.test !== 'ks' || (trigger.threshold ?? 0) < 1) return problems;
      const allowed = 'less than 1: for ks it is a p-value, below which a feature drifted';
      const next = "Use 0.01, or the test 'psi'.";
      return [
        ...problems,
        problem({ path: [...path, 'threshold'], value: trigger.threshold, allowed, next }),
      ];
    }
    case 'plugin':
      return positive([...path, 'over'], trigger.over);
    case 'new-data':
      return [];
  }
}

function checkSchedule(
  path: Path,
  { every, offset }: TriggerSpec & { kind: 'schedule' },
  monitorEvery: Duration | undefined,
): SpecProblem[] {
  const problems = positive([...path, 'every'], every);
  if (problems.length === 0 && monitorEvery !== undefined && millis(every) < millis(monitorEvery)) {
    const allowed = `at least monitor.every, which is ${monitorEvery}: a model is checked before it is retrained`;
    problems.push(
      problem({ path: [...path, 'every'], value: every, allowed, next: 'Lengthen it, or check more often.' }),
    );
  }
  if (offset !== undefined && millis(offset) >= millis(every)) {
    const allowed = `shorter than every, which is ${every}`;
    problems.push(
      problem({ path: [...path, 'offset'], value: offset, allowed, next: 'Shorten or remove it.' }),
    );
  }
  return problems;
}

function checkRollout({ whole: { rollout, retraining }, gates }: SpecParts): SpecProblem[] {
  const problems = gates.flatMap((gate, index) =>
    gate?.kind === 'latency' ? positive(['gates', index, 'p99'], gate.p99) : [],
  );
  if (retraining !== undefined)
    problems.push(...positive(['retraining', 'budget', 'per'], retraining.budget.per));
  if (rollout === undefined) return problems;
  const { span, giveUpAfter } = rollout.shadow;
  if (millis(giveUpAfter) <= millis(span)) {
    const allowed = `longer than rollout.shadow.span, which is ${span}`;
    const next = 'Lengthen it, or shorten the span.';
    problems.push(problem({ path: ['rollout', 'shadow', 'giveUpAfter'], value: giveUpAfter, allowed, next }));
  }
  if (rollout.approval !== undefined)
    problems.push(...positive(['rollout', 'approval', 'expiresAfter'], rollout.approval.expiresAfter));
  return problems;
}

function positive(path: Path, value: Duration): SpecProblem[] {
  if (millis(value) > 0) return [];
  return [problem({ path, value, allowed: 'a duration of more than 0', next: 'Change it in the spec.' })];
}
