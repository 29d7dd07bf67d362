import type { LedgerKind, LedgerLine } from '../../domain/ledger.js';
import { noCandidateSchema, outcomesIn, type NoCandidate } from '../../domain/reports.js';

/** What the newest check of a model said. */
export interface LastCheck {
  /** Wall clock, ISO 8601. */
  readonly at: string;
  readonly asOf: string | null;
  readonly champion: number | null;
  /** Outcome by trigger, e.g. `data-drift` → `fired`. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly evidence: NonNullable<LedgerLine['evidence']>['artifact'];
}

/** All that the metrics tell of a model's ledger: small, however long the ledger. */
export interface ModelFacts {
  /** Line up to which it was read. */
  readonly seq: number;
  readonly specDigest: string | null;
  readonly champion: number | null;
  /** Wall clock since which the champion serves, ISO 8601. */
  readonly championSince: string | null;
  readonly paused: boolean;
  readonly lastCheck: LastCheck | null;
  /** Ledger lines by kind. */
  readonly decisions: ReadonlyMap<LedgerKind, number>;
  /** Retrains that ended, by outcome: `candidate`, `registered-only`, or why there is none. */
  readonly retrains: ReadonlyMap<string, number>;
  /** How many of the newest retrains in a row ended by something that is broken. */
  readonly failedInARow: number;
  /** Rollouts that ended, by outcome. */
  readonly rollouts: ReadonlyMap<string, number>;
}

/** Of a model without any line. */
export const NO_FACTS: ModelFacts = {
  seq: 0,
  specDigest: null,
  champion: null,
  championSince: null,
  paused: false,
  lastCheck: null,
  decisions: new Map(),
  retrains: new Map(),
  failedInARow: 0,
  rollouts: new Map(),
};

/** Endings in which somebody must mend something; the others are results. */
const BROKEN: ReadonlySet<NoCandidate> = new Set([
  'contract-broken',
  'source-missing',
  'source-changed',
  'leak',
  'training-failed',
  'plugin-failed',
  'out-of-memory',
  'disk-full',
  'store-unavailable',
  'artifact-corrupt',
  'artifact-missing',
  'registry-corrupt',
  'unusable',
]);

/** The facts after one more line. Pure. */
export function withLine(facts: ModelFacts, line: LedgerLine): ModelFacts {
  const moved = line.champion !== facts.champion;
  const next = {
    ...facts,
    seq: line.seq,
    champion: line.champion,
    championSince: moved ? line.decidedAt : facts.championSince,
    decisions: plusOne(facts.decisions, line.kind),
  };
  switch (line.kind) {
    case 'spec-applied':
    case 'spec-refused':
      return { ...next, specDigest: digestOf(line) ?? facts.specDigest };
    case 'paused':
    case 'resumed':
      return { ...next, paused: line.kind === 'paused' };
    case 'check':
      return { ...next, lastCheck: checkOf(line) };
    case 'retrain-ended':
      return withRetrain(next, line);
    case 'rollout-ended':
      return { ...next, rollouts: plusOne(facts.rollouts, wordOf(line)) };
    default:
      return next;
  }
}

function withRetrain(facts: ModelFacts, line: LedgerLine): ModelFacts {
  const reason = noCandidateSchema.safeParse(wordOf(line)).data;
  const outcome = reason ?? (line.why === 'asked without a rollout' ? 'registered-only' : 'candidate');
  const broken = reason !== undefined && BROKEN.has(reason);
  return {
    ...facts,
    retrains: plusOne(facts.retrains, outcome),
    failedInARow: broken ? facts.failedInARow + 1 : 0,
  };
}

function checkOf({ decidedAt, asOf, version, evidence }: LedgerLine): LastCheck {
  return {
    at: decidedAt,
    asOf,
    champion: version,
    outcomes: new Map(Object.entries(outcomesIn(evidence))),
    evidence: evidence?.artifact,
  };
}

function digestOf({ evidence }: LedgerLine): string | undefined {
  const digest = evidence?.summary['specDigest'];
  return typeof digest === 'string' ? digest : undefined;
}

/** What a line's `why` begins with, up to its first colon: an outcome or a reason. */
const wordOf = ({ why }: LedgerLine): string => why.split(':', 1)[0] ?? '';

const plusOne = <K>(counts: ReadonlyMap<K, number>, key: K): ReadonlyMap<K, number> =>
  new Map(counts).set(key, (counts.get(key) ?? 0) + 1);
