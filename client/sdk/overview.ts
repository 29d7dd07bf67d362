import { ScheduleNotFoundError } from '@temporalio/client';
import {
  checkEvidenceSchema,
  driftShareOf,
  skillOf,
  type CheckEvidence,
} from '../../domain/check-evidence.js';
import type { LedgerKind, LedgerLine } from '../../domain/ledger.js';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { monitorScheduleId, retrainScheduleId } from '../../domain/names.js';
import { outcomesIn } from '../../domain/reports.js';
import { getJsonArtifact } from '../../storage/objects/artifacts.js';
import type { RolloutEvidence } from './answers.js';
import type { CheckPoint, ModelOverview, ModelScreen } from './overview-schema.js';
import { failedNotifications } from './notifications.js';
import type { Perennial } from './perennial.js';
import { runProgress, type StepProgress } from './run-progress.js';

const MOST_CHECKS = 24;
const RECENT = 8;

/** Lines that say that something about the model changed, or was refused a change. */
const DECISIONS: ReadonlySet<LedgerKind> = new Set<LedgerKind>([
  ...([
    'spec-applied',
    'spec-refused',
    'retrain-refused',
    'retrain-ended',
    'rollout-ended',
    'approval',
  ] as const),
  ...(['first', 'promoted', 'bake-ended', 'rolled-back', 'operator-promoted', 'paused', 'resumed'] as const),
  ...(['lost', 'recovered', 'unservable', 'history-imported'] as const),
]);

/** A model on one screen: versions, last checks, what waits for whom since when, what comes next. */
export async function modelScreen(perennial: Perennial, model: string): Promise<ModelScreen> {
  const { state, rollout } = await perennial.status(model);
  const ledger = await perennial.ledger(model);
  const [checks, check, retrain, who, steps] = await Promise.all([
    checkPoints(perennial, ledger),
    nextTime(perennial, monitorScheduleId(model)),
    nextTime(perennial, retrainScheduleId(model)),
    approversOf(perennial, state),
    stepsOf(perennial, state),
  ]);
  const overview = overviewOf({ state, ledger, rollout, who, steps });
  const parts = { evidence: rollout, recent: ledger.slice(-RECENT), state };
  // Where the list of workflows cannot be searched, the rest is shown.
  const untold = await failedNotifications(perennial, model).catch(() => 0);
  return { ...overview, checks, untold, next: { check, retrain }, ...parts };
}

interface Known {
  readonly state: LifecycleState;
  readonly ledger: readonly LedgerLine[];
  readonly rollout: RolloutEvidence | null;
  readonly who: readonly string[];
  readonly steps: readonly StepProgress[];
}

function overviewOf({
  state,
  ledger,
  rollout,
  who,
  steps,
}: Known): Omit<ModelOverview, 'checks' | 'next' | 'untold'> {
  const { aliases, openRetrain, openRollout } = state;
  const since = openRollout === null ? null : newestOf(ledger, openRollout.run, openRollout.since);
  const place = (alias: { version: number } | null, from: string | null) =>
    alias === null ? null : { version: alias.version, since: from };
  const candidate = openRollout === null || openRollout.phase === 'bake' ? null : openRollout.version;
  const last = ledger.findLast(({ kind }) => DECISIONS.has(kind));
  return {
    model: state.model,
    champion: place(aliases.champion, servesSince(ledger, aliases.champion?.version)),
    challenger: place(aliases.challenger ?? candidate, openRollout?.since ?? null),
    previous: place(aliases.previous, null),
    baking: aliases.baking,
    now: nowOf(state),
    paused: state.paused,
    retrain:
      openRetrain === null
        ? null
        : {
            ...{ run: openRetrain.run, triggers: openRetrain.triggers, since: openRetrain.since },
            steps: [...steps],
          },
    rollout:
      openRollout === null || since === null
        ? null
        : { run: openRollout.run, version: openRollout.version.version, phase: openRollout.phase, since },
    waiting:
      openRollout === null || since === null
        ? null
        : {
            for: openRollout.waitingFor,
            who: openRollout.waitingFor === 'person' ? [...who] : [],
            ...{ version: openRollout.version.version, since },
            until: openRollout.waitingFor === 'person' ? (rollout?.deadline ?? null) : null,
          },
    queued: state.queue.length,
    lastDecision:
      last === undefined
        ? null
        : { kind: last.kind, version: last.version, who: last.who, why: last.why, at: last.decidedAt },
    unservable: unservable(ledger, aliases.champion?.version),
    unwritten: state.outbox.length,
  };
}

/** A screen shows what there is: progress that cannot be asked for is none. */
async function stepsOf(perennial: Perennial, { openRetrain }: LifecycleState): Promise<StepProgress[]> {
  return openRetrain === null ? [] : runProgress(perennial, openRetrain.run).catch(() => []);
}

const nowOf = ({ watermark, newestSlot }: LifecycleState): string | null =>
  [watermark, newestSlot]
    .filter((at) => at !== null)
    .sort()
    .at(-1) ?? null;

const newestOf = (ledger: readonly LedgerLine[], run: string, otherwise: string): string =>
  ledger.findLast((line) => line.run === run)?.decidedAt ?? otherwise;

/** Wall clock of the line with which a version became champion the last time. */
function servesSince(ledger: readonly LedgerLine[], version: number | undefined): string | null {
  let since: string | null = null;
  let champion: number | null = null;
  for (const line of ledger) {
    if (line.champion !== champion && line.champion === version) since = line.decidedAt;
    champion = line.champion;
  }
  return since;
}

/** Versions that replicas could not serve the last time they were asked to, newest first; what serves now is none of them. */
function unservable(ledger: readonly LedgerLine[], champion: number | undefined): string[] {
  const newest = new Map<number, string>();
  for (const line of ledger) {
    if (line.champion !== null) newest.delete(line.champion);
    if (line.kind === 'unservable' && line.version !== null) newest.set(line.version, line.why);
  }
  if (champion !== undefined) newest.delete(champion);
  return [...newest.values()].reverse();
}

async function checkPoints(perennial: Perennial, ledger: readonly LedgerLine[]): Promise<CheckPoint[]> {
  // Checks of the past count, too: what was loaded as history is looked at so.
  const measured = ledger.filter(
    ({ who, evidence }) => who === 'monitor' && evidence?.artifact !== undefined,
  );
  const lines = measured.sort(byAsOf).slice(-MOST_CHECKS);
  return Promise.all(lines.map(async (line) => checkPoint(line, await evidenceOf(perennial, line))));
}

const byAsOf = (a: LedgerLine, b: LedgerLine): number => Date.parse(a.asOf ?? '') - Date.parse(b.asOf ?? '');

/** Null when there is none, or it can no longer be read: a screen shows what there is. */
async function evidenceOf({ store }: Perennial, { evidence }: LedgerLine): Promise<CheckEvidence | null> {
  if (evidence?.artifact === undefined) return null;
  return getJsonArtifact(store, evidence.artifact, checkEvidenceSchema).catch(() => null);
}

function checkPoint(
  { asOf, decidedAt, champion, evidence }: LedgerLine,
  found: CheckEvidence | null,
): CheckPoint {
  const skill = found === null ? undefined : skillOf(found);
  return {
    ...{ asOf, at: decidedAt, champion, outcomes: outcomesIn(evidence) },
    ...{ skill: skill?.ratio ?? null, skillAtRelease: skill?.baseline ?? null, error: skill?.error ?? null },
    driftShare: (found === null ? undefined : driftShareOf(found)) ?? null,
  };
}

/** Wall clock of a schedule's next run; null when there is no such schedule, or it is paused. */
async function nextTime(perennial: Perennial, scheduleId: string): Promise<string | null> {
  const { client } = await perennial.temporal();
  try {
    const { info, state } = await client.schedule.getHandle(scheduleId).describe();
    return state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function approversOf(perennial: Perennial, state: LifecycleState): Promise<string[]> {
  if (state.openRollout?.waitingFor !== 'person' || state.specDigest === null) return [];
  const spec = await perennial.registry.getSpec(state.model, state.specDigest).catch(() => undefined);
  return spec?.rollout.approval?.from ?? [];
}
