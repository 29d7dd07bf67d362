import type { LedgerLine } from '../../domain/ledger.js';
import type { ErrorSpan, Line } from './forecasts.js';

/** One retrain as the ledger tells it. */
export interface RetrainTold {
  readonly run: string;
  readonly asOf: string | null;
  readonly trigger: string;
  /** Null when it ended without a registered version. */
  readonly version: number | null;
  /** What became of the candidate (`promoted`, `rejected`, …), or why there was none (`contract-broken`, …). */
  readonly outcome: string;
  readonly because: string;
}

/** What `perennial demo --json` prints as its last line. */
export interface DemoSummary {
  readonly model: string;
  readonly checks: number;
  readonly retrains: readonly { trigger: string; version: number | null; outcome: string }[];
  /** Retrains that ended without a candidate, and why. */
  readonly refused: readonly { reason: string; asOf: string | null; because: string }[];
  readonly rollbacks: readonly { version: number | null; by: string; at: string | null; because: string }[];
  /** The killed run's digest against that of the same run undisturbed. */
  readonly resumedDigestEqual: boolean;
  /** Mean absolute error on the judged rows. */
  readonly error: Readonly<Record<Line, number>>;
  readonly retrainCount: { readonly scheduled: number; readonly perennial: number };
  /** Champion at the end: version and digest of its manifest. */
  readonly champion: { readonly version: number; readonly digest: string } | null;
}

/** Outcomes that an operator's or policy's promotion ends in: the first word of a rollout's end. */
const WORD = /^([a-z-]+)(?:: |$)/;

/** Every retrain of a ledger with what became of it, in order. */
export function retrainsOf(ledger: readonly LedgerLine[]): RetrainTold[] {
  const requested = ledger.filter(({ kind }) => kind === 'retrain-requested');
  return requested.map(({ run, asOf, why }) => {
    const ended = ledger.find((line) => line.kind === 'retrain-ended' && line.run === run);
    const version = ended?.version ?? null;
    const trigger = WORD.exec(why)?.[1] ?? 'on-demand';
    const { outcome, because } = becameOf(ledger, ended, version);
    return { run: run ?? '', asOf, trigger, version, outcome, because };
  });
}

const NO_CANDIDATE =
  /^(contract-broken|source-missing|source-changed|leak|not-enough-labels|gates-failed|inconclusive|not-better-than-naive|ruled-out|same-as-champion|training-failed|out-of-memory|disk-full|cancelled|artifact-\w+|registry-corrupt|unusable): (.*)$/s;

function becameOf(
  ledger: readonly LedgerLine[],
  ended: LedgerLine | undefined,
  version: number | null,
): { outcome: string; because: string } {
  if (ended === undefined) return { outcome: 'open', because: '' };
  const none = NO_CANDIDATE.exec(ended.why);
  if (none !== null) return { outcome: none[1] ?? '', because: none[2] ?? '' };
  const after = ledger.filter((line) => line.seq > ended.seq && line.version === version);
  const rollout = after.find(({ kind }) => kind === 'rollout-ended');
  if (rollout !== undefined) return { outcome: WORD.exec(rollout.why)?.[1] ?? 'ended', because: rollout.why };
  const promoted = after.some(({ kind }) => kind === 'promoted' || kind === 'first');
  return { outcome: promoted ? 'promoted' : 'registered', because: ended.why };
}

/** The summary of a demo, from its ledger and its errors. */
export function summarize(story: {
  readonly model: string;
  readonly ledger: readonly LedgerLine[];
  readonly judged: ErrorSpan;
  readonly resumedDigestEqual: boolean;
  readonly scheduledRetrains: number;
  readonly champion: DemoSummary['champion'];
}): DemoSummary {
  const { model, ledger, judged, resumedDigestEqual, champion } = story;
  const retrains = retrainsOf(ledger);
  const refused = retrains.filter(({ because, outcome }) => NO_CANDIDATE.test(`${outcome}: ${because}`));
  return {
    model,
    checks: ledger.filter(({ kind }) => kind === 'check').length,
    retrains: retrains.map(({ trigger, version, outcome }) => ({ trigger, version, outcome })),
    refused: refused.map(({ outcome, asOf, because }) => ({ reason: outcome, asOf, because })),
    rollbacks: ledger
      .filter(({ kind }) => kind === 'rolled-back')
      .map(({ version, who, effectiveFrom, why }) => ({ version, by: who, at: effectiveFrom, because: why })),
    resumedDigestEqual,
    error: rounded(judged.error),
    retrainCount: { scheduled: story.scheduledRetrains, perennial: retrains.length },
    champion,
  };
}

function rounded(error: Readonly<Record<Line, number>>): Record<Line, number> {
  const round = (value: number): number => Math.round(value * 100) / 100;
  const { static: never, scheduled, perennial, naive, naiveLastWeek } = error;
  return {
    static: round(never),
    scheduled: round(scheduled),
    perennial: round(perennial),
    naive: round(naive),
    naiveLastWeek: round(naiveLastWeek),
  };
}
