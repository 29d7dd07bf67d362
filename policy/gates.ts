import { millis } from '../domain/duration.js';
import type { GateSpec, ModelSpec } from '../domain/spec/spec.js';
import type { Comparison, Evaluation, GateVerdict } from '../domain/verdict.js';

/** Numbers of the machine that judged: never part of a manifest, always part of a verdict. */
export interface MachineNumbers {
  readonly latencyP99Ms: number;
  readonly onnxBytes: number;
  readonly parity: { readonly maxDifference: number; readonly tolerance: number; readonly flips: number };
}

/** What the gates look at. */
export interface GateInput {
  readonly spec: ModelSpec;
  readonly evaluation: Evaluation;
  readonly machine: MachineNumbers;
  readonly hasChampion: boolean;
  /** What gates of plug-ins said, in the place of each in the spec. */
  readonly plugins?: readonly (GateVerdict | null)[] | undefined;
  /** Why the candidate may have been trained on the holdout; absent: it was not. */
  readonly knowsHoldout?: string | undefined;
}

/** What all gates together say. `pass` only when every gate that applies passed. */
export interface GateDecision {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  readonly verdicts: GateVerdict[];
  readonly because: string;
}

/** The gate that a candidate passes only to a person; first of its verdicts, so that shortening them does not lose it. */
export const UNSEEN_HOLDOUT = 'unseen-holdout';

/**
 * Whether a candidate reaches traffic only when a person says so: the spec asks (`first`: for a first version, too), and rejects what
 * nobody decided.
 */
export function asksPerson({ rollout }: ModelSpec, first: boolean): boolean {
  return rollout.approval?.onExpiry === 'reject' && !(first && rollout.first === 'auto');
}

/**
 * Judges a candidate. What may know the holdout passes only where a person decides afterwards. Without a champion the comparing gates say `no-baseline` and the candidate must beat the trivial baseline
 * instead; with one, `no-baseline` and `inconclusive` never let it through.
 */
export function judgeGates(input: GateInput): GateDecision {
  const verdicts = [
    ...(input.knowsHoldout === undefined ? [] : [judgeUnseen(input, input.knowsHoldout)]),
    judgeParity(input.machine),
    ...input.spec.gates.flatMap((gate, index) => judgeGate(gate, input, index)),
    ...(input.hasChampion ? [] : [judgeAgainstNaive(input.evaluation)]),
  ];
  const blocking = verdicts.filter((verdict) => isBlocking(verdict, input.hasChampion));
  const failed = blocking.filter((verdict) => verdict.outcome === 'fail');
  const outcome = failed.length > 0 ? 'fail' : blocking.length > 0 ? 'inconclusive' : 'pass';
  const named = (failed.length > 0 ? failed : blocking).map(
    (verdict) => `${verdict.gate}: ${verdict.because}`,
  );
  return { outcome, verdicts, because: outcome === 'pass' ? 'every gate passed' : named.join('; ') };
}

function isBlocking(verdict: GateVerdict, hasChampion: boolean): boolean {
  if (verdict.outcome === 'pass') return false;
  return hasChampion || verdict.outcome !== 'no-baseline';
}

function judgeGate(gate: GateSpec, input: GateInput, index: number): GateVerdict[] {
  switch (gate.kind) {
    case 'not-worse-than-champion':
      return [judgeNotWorse(gate.kind, gate.margin, input.evaluation.comparison)];
    case 'better-than-champion':
      return [judgeBetter(gate.kind, input.evaluation.comparison)];
    case 'slice':
      return judgeSlices(gate, input);
    case 'latency':
      return [judgeLimit(gate.kind, ['p99', 'ms'], input.machine.latencyP99Ms, millis(gate.p99))];
    case 'size':
      return [judgeLimit(gate.kind, ['model', 'bytes'], input.machine.onnxBytes, gate.maxBytes)];
    case 'minimum-rows':
      return [judgeMinimumRows(input.evaluation.rows, gate.holdout)];
    case 'plugin':
      return [input.plugins?.[index] ?? notJudged(gate.name)];
  }
}

function judgeParity({ parity }: MachineNumbers): GateVerdict {
  const pass = parity.maxDifference <= parity.tolerance && parity.flips === 0;
  return {
    gate: 'parity',
    outcome: pass ? 'pass' : 'fail',
    because: `trained and exported model differ by at most ${show(parity.maxDifference)} (allowed ${show(parity.tolerance)}), ${parity.flips} class flips`,
    numbers: { ...parity },
  };
}

/** Non-inferiority: the upper bound of the relative loss difference must stay within the margin. */
function judgeNotWorse(gate: string, margin: number, comparison: Comparison | null): GateVerdict {
  if (comparison === null) return noBaseline(gate, 'there is no champion to compare with');
  const outcome = comparison.upper <= margin ? 'pass' : comparison.lower > margin ? 'fail' : 'inconclusive';
  const because = `loss ${percent(comparison.estimate)} against the champion, upper bound ${percent(comparison.upper)}, margin ${percent(margin)}`;
  return { gate, outcome, because, numbers: { ...comparison, margin } };
}

/** Superiority: the upper bound of the relative loss difference must be below zero. */
function judgeBetter(gate: string, comparison: Comparison | null): GateVerdict {
  if (comparison === null) return noBaseline(gate, 'there is no champion to compare with');
  const outcome = comparison.upper < 0 ? 'pass' : comparison.lower > 0 ? 'fail' : 'inconclusive';
  const because = `loss ${percent(comparison.estimate)} against the champion, bounds ${percent(comparison.lower)} to ${percent(comparison.upper)}`;
  return { gate, outcome, because, numbers: { ...comparison } };
}

/** The first version's own rule: better than the trivial baseline, with its bound. */
function judgeAgainstNaive({ againstNaive }: Evaluation): GateVerdict {
  const gate = 'better-than-naive';
  if (againstNaive === null)
    return noBaseline(gate, 'the trivial baseline could not be computed', 'inconclusive');
  const outcome = againstNaive.upper < 0 ? 'pass' : againstNaive.lower > 0 ? 'fail' : 'inconclusive';
  const because = `loss ${percent(againstNaive.estimate)} against the trivial baseline, upper bound ${percent(againstNaive.upper)}`;
  return { gate, outcome, because, numbers: { ...againstNaive } };
}

/** Scores on rows of its own training prove nothing: such a candidate is for a person to judge, never for the gates alone. */
function judgeUnseen({ spec, hasChampion }: GateInput, because: string): GateVerdict {
  const gate = UNSEEN_HOLDOUT;
  if (asksPerson(spec, !hasChampion))
    return { gate, outcome: 'pass', because: `${because}; a person decides`, numbers: {} };
  const next = 'no person would decide: have the spec ask for approval';
  return { gate, outcome: 'inconclusive', because: `${because}; ${next}`, numbers: {} };
}

function judgeSlices(gate: Extract<GateSpec, { kind: 'slice' }>, input: GateInput): GateVerdict[] {
  const slices = input.evaluation.slices.filter((slice) => slice.by === gate.by);
  if (slices.length === 0) return [noBaseline(`slice ${gate.by}`, 'no slice was measured')];
  return slices.map((slice) => {
    const name = `slice ${gate.by}=${slice.value}`;
    if (slice.rows < gate.minRows) {
      // A slice too small to judge must not block for ever: it is named, and the overall gate still protects it.
      return {
        gate: name,
        outcome: 'pass' as const,
        because: `not judged: ${slice.rows} rows, needs ${gate.minRows}`,
        numbers: { rows: slice.rows, minRows: gate.minRows },
      };
    }
    const verdict = judgeNotWorse(name, gate.margin, slice.comparison);
    // Only a proven loss in a slice blocks: its interval is wide by nature.
    return verdict.outcome === 'inconclusive' ? { ...verdict, outcome: 'pass' as const } : verdict;
  });
}

function judgeLimit(
  gate: string,
  [what, unit]: readonly [what: string, unit: string],
  measured: number,
  allowed: number,
): GateVerdict {
  return {
    gate,
    outcome: measured <= allowed ? 'pass' : 'fail',
    because: `${what} ${show(measured)} ${unit}, allowed ${show(allowed)} ${unit}`,
    numbers: { measured, allowed },
  };
}

function judgeMinimumRows(rows: number, needed: number): GateVerdict {
  return {
    gate: 'minimum-rows',
    outcome: rows >= needed ? 'pass' : 'inconclusive',
    because: `${rows} holdout rows, needs ${needed}`,
    numbers: { rows, needed },
  };
}

/** A gate of a plug-in that no step asked: it never lets a candidate through. */
const notJudged = (name: string): GateVerdict => ({
  gate: `plugin ${name}`,
  outcome: 'inconclusive',
  because: 'the plug-in was not asked',
  numbers: {},
});

function noBaseline(
  gate: string,
  because: string,
  outcome: 'no-baseline' | 'inconclusive' = 'no-baseline',
): GateVerdict {
  return { gate, outcome, because, numbers: {} };
}

const show = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
