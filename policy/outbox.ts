import { clip, jsonBytes } from '../domain/bounds.js';
import type { LedgerEntry, LedgerKind } from '../domain/ledger.js';
import { STATE_BOUNDS, type LifecycleState, type PendingLine } from '../domain/lifecycle-state.js';
import type { GateVerdict } from '../domain/verdict.js';

/** What a caller decides of a line; what it leaves out is null, the champion that of the aliases. */
export type Decided = Partial<LedgerEntry> & Pick<LedgerEntry, 'kind' | 'who' | 'why'>;

type Ledgered = Pick<LifecycleState, 'aliases' | 'ledger' | 'outbox' | 'unrecorded'>;

/** Lines that change nothing: when no more fit they are counted. Every other line is always kept. */
const ROUTINE: ReadonlySet<LedgerKind> = new Set([
  'check',
  'historical',
  'retrain-refused',
  'retrain-merged',
  'spec-refused',
  'refusals',
]);

const { count: MOST_LINES, bytes: MOST_BYTES } = STATE_BOUNDS.outbox;
/** Share of the outbox that is left to what was begun before it filled up. */
const RESERVE = 0.2;

/** True when the store was away for so long that nothing new may be begun: only what takes something back. */
export function outboxFull({ outbox }: Pick<LifecycleState, 'outbox'>): boolean {
  const share = 1 - RESERVE;
  return outbox.length >= MOST_LINES * share || jsonBytes(outbox) >= MOST_BYTES * share;
}

/** Puts a decided line into the outbox, with the next number of the ledger; a routine line is counted instead while it is `full`. */
export function addLine(
  state: Ledgered,
  entry: Decided,
  decidedAt: string,
  full: boolean = outboxFull(state),
): void {
  const { ledger, outbox, aliases, unrecorded } = state;
  if (full && ROUTINE.has(entry.kind)) {
    unrecorded[entry.kind] = (unrecorded[entry.kind] ?? 0) + 1;
    return;
  }
  outbox.push(
    withoutNulls({ champion: aliases.champion?.version ?? null, ...entry, seq: ledger.nextSeq, decidedAt }),
  );
  ledger.nextSeq += 1;
}

/**
 * While the store is away the outbox keeps within its bytes: the longest lines lose the numbers of their verdicts and evidence, whose
 * artifacts stay named, and long texts. They say so.
 */
export function shortenOutbox({ outbox }: Pick<LifecycleState, 'outbox'>): void {
  const left = outbox.map((line, index) => ({ index, bytes: jsonBytes(line) }));
  left.sort((a, b) => b.bytes - a.bytes);
  for (const { index, bytes } of left) {
    const line = outbox[index];
    if (line === undefined || jsonBytes(outbox) <= MOST_BYTES * (1 - RESERVE)) return;
    const shorter = shortened(line);
    if (jsonBytes(shorter) < bytes) outbox[index] = shorter;
  }
}

const SHORTENED = ' [shortened: the store was away]';

function shortened(line: PendingLine): PendingLine {
  const { verdicts, evidence, ...rest } = line;
  const why = clip(line.why.replaceAll(SHORTENED, ''), 120) + SHORTENED;
  return {
    ...rest,
    who: clip(line.who, 60),
    why,
    ...(verdicts === undefined ? {} : { verdicts: shortenVerdicts(verdicts, 400) }),
    ...(evidence?.artifact === undefined ? {} : { evidence: { artifact: evidence.artifact, summary: {} } }),
  };
}

/** Verdicts within `bytes` of JSON: first without their numbers, then with shorter words, then only the first ones. */
export function shortenVerdicts(verdicts: readonly GateVerdict[], bytes: number): GateVerdict[] {
  if (jsonBytes(verdicts) <= bytes) return [...verdicts];
  const kept = verdicts.map((verdict) => ({ ...verdict, gate: clip(verdict.gate, 40), numbers: {} }));
  for (const length of [200, 100, 50]) {
    for (const verdict of kept) verdict.because = clip(verdict.because, length);
    if (jsonBytes(kept) <= bytes) return kept;
  }
  while (kept.length > 0 && jsonBytes(kept) > bytes) kept.pop();
  return kept;
}

function withoutNulls({
  asOf,
  version,
  effectiveFrom,
  champion,
  run,
  ...line
}: PendingLineDraft): PendingLine {
  return {
    ...line,
    ...(isNothing(asOf) ? {} : { asOf }),
    ...(isNothing(version) ? {} : { version }),
    ...(isNothing(effectiveFrom) ? {} : { effectiveFrom }),
    ...(isNothing(champion) ? {} : { champion }),
    ...(isNothing(run) ? {} : { run }),
  };
}

type PendingLineDraft = Decided & Pick<PendingLine, 'seq' | 'decidedAt'>;

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;
