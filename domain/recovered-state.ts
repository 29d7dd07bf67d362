import { clip, keepNewest } from './bounds.js';
import type { LedgerLine } from './ledger.js';
import { RULED_OUT_LENGTH } from './lifecycle-migrations.js';
import type { LifecycleState } from './lifecycle-state.js';
import { triggerKindSchema } from './messages.js';
import { noCandidateSchema } from './reports.js';
import { epoch, type VersionRef } from './references.js';

/** What of a lifecycle's state the ledger tells. */
export type RecoveredState = Pick<
  LifecycleState,
  | 'ledger'
  | 'highWater'
  | 'newestSlot'
  | 'newestAsk'
  | 'anchor'
  | 'paused'
  | 'retrains'
  | 'doubled'
  | 'nextRetrain'
  | 'nextAttempt'
  | 'ruledOut'
  | 'openRetrain'
  | 'openRollout'
> & {
  /** Of the newest line that names one. */
  readonly specDigest: string | null;
};

/** A registered version, as far as recovery needs it. */
export interface KnownVersion {
  readonly ref: VersionRef;
  readonly onnxSha256: string;
}

/**
 * Reads the state of a lifecycle out of its ledger, for one that was terminated and started again. Pure. An attempt that was requested
 * and has not ended counts as open; whoever uses this looks whether it still runs.
 */
export function recoverState(
  lines: readonly LedgerLine[],
  versions: ReadonlyMap<number, KnownVersion>,
): RecoveredState {
  const head = lines.at(-1);
  const requested = ofKind(lines, 'retrain-requested');
  const started = ofKind(lines, 'rollout-started');
  const seq = head?.seq ?? 0;
  return {
    specDigest: specOf(lines),
    ledger: { seq, hash: head?.hash ?? '', nextSeq: seq + 1 },
    highWater: newest(ofKind(lines, 'retrain-requested', 'retrain-merged', 'check')),
    newestSlot: newest(lines.filter(({ who, kind }) => who === 'monitor' && kind !== 'check-failed')),
    newestAsk: newest(lines.filter((line) => triggerOf(line) === 'schedule')),
    anchor: lines.find(({ kind }) => kind === 'from-source')?.asOf ?? null,
    paused: pausedBy(ofKind(lines, 'paused', 'resumed').at(-1)),
    retrains: countedRetrains(lines),
    doubled: doubledTriggers(lines),
    nextRetrain: Math.max(0, ...requested.map(retrainNumber)) + 1,
    nextAttempt: attemptsOf(started),
    ruledOut: ruledOutOf(lines, versions),
    openRetrain: openRetrainOf(lines),
    openRollout: openRolloutOf(lines, versions),
  };
}

const ofKind = (lines: readonly LedgerLine[], ...kinds: readonly string[]): LedgerLine[] =>
  lines.filter(({ kind }) => kinds.includes(kind));

/** What a line's `why` begins with, up to its first colon: a trigger, an outcome, a reason. */
const wordOf = ({ why }: LedgerLine): string => why.split(':', 1)[0] ?? '';

const triggerOf = (line: LedgerLine): string | undefined => triggerKindSchema.safeParse(wordOf(line)).data;

const retrainNumber = ({ run }: LedgerLine): number => Number(run?.split('/').at(-1) ?? 0);

function newest(lines: readonly LedgerLine[]): string | null {
  const known = lines.flatMap(({ asOf }) => (asOf === null ? [] : [asOf]));
  return known.length === 0 ? null : known.reduce((a, b) => (epoch(a) >= epoch(b) ? a : b));
}

function specOf(lines: readonly LedgerLine[]): string | null {
  const digests = ofKind(lines, 'spec-applied', 'spec-refused').map(
    ({ evidence }) => evidence?.summary['specDigest'],
  );
  return digests.findLast((digest) => typeof digest === 'string') ?? null;
}

function pausedBy(line: LedgerLine | undefined): LifecycleState['paused'] {
  if (line?.kind !== 'paused') return null;
  return { by: clip(line.who, 60), reason: clip(line.why, 300), since: line.decidedAt };
}

function countedRetrains(lines: readonly LedgerLine[]): string[] {
  const forgiven = new Set(
    ofKind(lines, 'retrain-ended').flatMap((line) =>
      wordOf(line) === 'store-unavailable' ? [line.run] : [],
    ),
  );
  const counted = ofKind(lines, 'retrain-requested').filter(({ run }) => !forgiven.has(run));
  return counted.flatMap(({ asOf }) => (asOf === null ? [] : [asOf])).slice(-100);
}

function doubledTriggers(lines: readonly LedgerLine[]): string[] {
  const asked = new Map<string, Set<string>>();
  const doubled = new Set<string>();
  for (const line of ofKind(lines, 'retrain-requested', 'retrain-merged', 'retrain-ended')) {
    const triggers = asked.get(line.run ?? '') ?? new Set<string>();
    asked.set(line.run ?? '', triggers);
    const trigger = triggerOf(line);
    if (trigger !== undefined) triggers.add(trigger);
    if (line.kind === 'retrain-requested' && trigger !== undefined) doubled.delete(trigger);
    const reason = noCandidateSchema.safeParse(wordOf(line)).data;
    const counts = reason !== undefined && !['store-unavailable', 'import-refused'].includes(reason);
    if (line.kind === 'retrain-ended' && counts) for (const one of triggers) doubled.add(one);
  }
  return [...doubled];
}

function attemptsOf(started: readonly LedgerLine[]): Record<string, number> {
  const attempts = new Map<number, number>();
  for (const { version } of started)
    if (version !== null) attempts.set(version, (attempts.get(version) ?? 1) + 1);
  return Object.fromEntries([...attempts].slice(-50));
}

function ruledOutOf(lines: readonly LedgerLine[], versions: ReadonlyMap<number, KnownVersion>): string[] {
  const ruledOut: string[] = [];
  for (const line of lines) {
    const back = line.kind === 'rolled-back' && !line.why.includes('(not ruled out');
    const rejected = line.kind === 'rollout-ended' && ['rejected', 'rolled-back'].includes(wordOf(line));
    const digest = versions.get(line.version ?? 0)?.onnxSha256.slice(0, RULED_OUT_LENGTH);
    if ((!back && !rejected) || digest === undefined || ruledOut.includes(digest)) continue;
    keepNewest(ruledOut, digest, { count: 200, bytes: Infinity });
  }
  return ruledOut;
}

/** The newest line of `begin` whose run has neither ended nor been given up. */
function openLine(lines: readonly LedgerLine[], begin: string, end: string): LedgerLine | undefined {
  const last = ofKind(lines, begin).at(-1);
  const over = ofKind(lines, end, 'lost').some(({ run }) => run === last?.run);
  return over ? undefined : last;
}

function openRetrainOf(lines: readonly LedgerLine[]): LifecycleState['openRetrain'] {
  const line = openLine(lines, 'retrain-requested', 'retrain-ended');
  if (line === undefined || line.run === null || line.asOf === null) return null;
  const trigger = triggerOf(line);
  return {
    n: retrainNumber(line),
    run: line.run,
    asOf: line.asOf,
    triggers: trigger === undefined ? [] : [trigger],
    askers: [clip(line.who, 60)],
    since: line.decidedAt,
    ...(line.why.startsWith('import of ') && { imported: true as const }),
  };
}

function openRolloutOf(
  lines: readonly LedgerLine[],
  versions: ReadonlyMap<number, KnownVersion>,
): LifecycleState['openRollout'] {
  const line = openLine(lines, 'rollout-started', 'rollout-ended');
  const known = versions.get(line?.version ?? 0);
  if (line === undefined || line.run === null || known === undefined) return null;
  const promoted = ofKind(lines, 'promoted', 'first', 'operator-promoted').some(
    ({ run }) => run === line.run,
  );
  return {
    run: line.run,
    phase: promoted ? 'bake' : 'shadow',
    waitingFor: 'machine',
    seen: null,
    version: known.ref,
    onnxSha256: known.onnxSha256,
    since: line.decidedAt,
  };
}
