import type { ModelSpecInput } from '../../domain/spec/spec.js';
import type { Webhook } from '../../domain/webhooks.js';
import type { ScriptedModel } from '../support/scripted-line.js';
import type { Recorder } from './recorder.js';

/** One story of a scripted model, and which of its runs are kept. */
export interface Scenario {
  /** Name of the model. */
  readonly model: string;
  /** Continue as new after this many events. */
  readonly historyLimit?: number;
  /** Whom it tells. Default: nobody. */
  readonly webhooks?: readonly Webhook[];
  play(line: ScriptedModel, record: Recorder): Promise<void>;
}

type Rollout = NonNullable<ModelSpecInput['rollout']>;

const approval = { from: ['ml-leads'] };

/** Rules under which the first version serves without being asked for. */
export const firstByItself = (changes: Partial<Rollout> = {}): Partial<ModelSpecInput> => ({
  rollout: { first: 'auto', approval, ...changes },
});

/** What the shadow wait answers when it saw enough. */
export const shadowSaw = {
  because: '48 of 40 mirrored requests over 2 days',
  watermark: '2011-04-03T00:00:00.000Z',
  seen: { pairs: 48, first: null, last: null, hours: 48, days: 2 },
};

/** What the bake wait answers. */
export const bakeSaw = (kind: 'pass' | 'roll-back' | 'pass-unproven') => ({
  kind,
  because: `the bake says ${kind}`,
  watermark: '2011-04-10T00:00:00.000Z',
  rows: 72,
  comparison: null,
});

/** Applies a spec and waits until its first version serves. */
export async function serveFirst(line: ScriptedModel, spec = firstByItself()): Promise<void> {
  await line.apply(spec);
  await idle(line);
}

/** Waits until nothing is open and every ledger line is stored. */
export async function idle(line: ScriptedModel): Promise<void> {
  await line.until(
    'nothing is open',
    ({ openRetrain, openRollout, queue, outbox }) =>
      openRetrain === null && openRollout === null && queue.length === 0 && outbox.length === 0,
  );
}

/** Asks for a retrain that gives a new candidate. */
export async function askNew(line: ScriptedModel, by = 'grace'): Promise<void> {
  line.script.seed += 1;
  await line.update('retrain', { by, reason: 'more rows' });
}

/** Waits until the rollout of `version` waits in a phase. */
export async function waitingIn(
  line: ScriptedModel,
  version: number,
  phase: 'shadow' | 'approval' | 'bake',
): Promise<void> {
  await line.until(
    `version ${version} in ${phase}`,
    ({ openRollout }) =>
      openRollout?.version.version === version &&
      openRollout.phase === phase &&
      openRollout.waitingFor !== 'machine',
  );
}

/** Brings a new candidate through its shadow: a person is asked. */
export async function bringToApproval(line: ScriptedModel, version: number): Promise<void> {
  await waitingIn(line, version, 'shadow');
  line.shadow.open(shadowSaw);
  await waitingIn(line, version, 'approval');
}

/** Brings a new candidate through shadow, approval and bake: nothing is open then. */
export async function bringThrough(line: ScriptedModel, version: number): Promise<void> {
  await bringToBake(line, version);
  line.bake.open(bakeSaw('pass'));
  await idle(line);
}

/** Brings a new candidate through shadow and approval into its bake. */
export async function bringToBake(line: ScriptedModel, version: number): Promise<void> {
  await bringToApproval(line, version);
  await line.update('decide', { version, decision: 'approve', by: 'ada', reason: 'better' });
  await waitingIn(line, version, 'bake');
}

/** Workflow ids of a scripted model. */
export const idsOf = ({ model }: ScriptedModel) => ({
  lifecycle: `model/${model}`,
  retrain: (n: number) => `retrain/${model}/${n}`,
  rollout: (version: number, attempt = 1) =>
    `rollout/${model}/${version}${attempt === 1 ? '' : `.${attempt}`}`,
});
