import { isCancellation } from '@temporalio/workflow';
import { keepNewest } from '../../domain/bounds.js';
import { RULED_OUT_LENGTH } from '../../domain/lifecycle-migrations.js';
import { epoch, type VersionRef } from '../../domain/references.js';
import type { Advance, AdvanceAnswer } from '../../domain/reports.js';
import { moveAliases, type AliasMove } from '../../policy/alias-moves.js';
import { modelNow } from '../../policy/may-retrain.js';
import { bounded, control } from '../proxies.js';
import type { ModelLine } from './model-line.js';

/** Moves that give a version traffic: not while the store is away. Every other takes something back, and must work without it. */
const gives = ({ kind }: AliasMove): boolean => kind === 'shadow' || kind === 'promote';

/** Publishes a move of the aliases. One that takes something back is decided whatever the store and serving say. */
async function publish(line: ModelLine, move: AliasMove): Promise<string | null> {
  const { state } = line;
  const next = moveAliases(state.aliases, move);
  const proxy = move.kind === 'roll-back' ? control : bounded;
  try {
    const published = await proxy.publishAliases({ aliases: next, mustStore: gives(move) });
    state.aliases = next;
    state.republish = !published.stored;
    return published.effectiveFrom ?? modelNow(state);
  } catch (error) {
    // It may have taken effect all the same: the generation is spent, and what was meant is published again.
    state.republish = true;
    state.aliases = gives(move) ? { ...state.aliases, generation: next.generation } : next;
    if (gives(move) || isCancellation(error)) throw error;
    return modelNow(state);
  }
}

/** Publishes the aliases once more after a failure, so that store and serving agree with the lifecycle. */
export async function republish(line: ModelLine): Promise<void> {
  const { state } = line;
  if (!state.republish || state.aliases.champion === null) {
    state.republish = false;
    return;
  }
  const next = { ...state.aliases, generation: state.aliases.generation + 1 };
  state.aliases = next;
  try {
    await bounded.publishAliases({ aliases: next, mustStore: true });
    state.republish = false;
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}

/** Does what a rollout asks, or says why not. */
export async function advance(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const { state } = line;
  if (state.openRollout?.run !== ask.run) {
    return { done: false, refused: `${ask.run} is not the open rollout of ${state.model}` };
  }
  switch (ask.step) {
    case 'shadow':
      return answer(line, await publish(line, { kind: 'shadow', version: ask.version }));
    case 'withdraw':
      if (state.aliases.challenger === null) return answer(line, null);
      return answer(line, await publish(line, { kind: 'withdraw' }));
    case 'promote':
      return promote(line, ask);
    case 'bake-passed':
      return bakePassed(line, ask);
    case 'roll-back':
      return rollBackBake(line, ask);
  }
}

const answer = (line: ModelLine, effectiveFrom: string | null): AdvanceAnswer => ({
  done: true,
  generation: line.state.aliases.generation,
  effectiveFrom,
});

async function promote(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const { state } = line;
  if (state.aliases.champion?.version === ask.version.version) return answer(line, null);
  if (line.full) {
    return { done: false, refused: 'the store cannot be reached, and new promotions wait for it' };
  }
  if (state.waitingCandidate !== null) {
    return { done: false, refused: `superseded by version ${state.waitingCandidate.version.version}` };
  }
  const first = state.aliases.champion === null;
  const effectiveFrom = await publish(line, { kind: 'promote', version: ask.version });
  const kind = first ? 'first' : ask.who.startsWith('operator ') ? 'operator-promoted' : 'promoted';
  if (state.openRollout !== null)
    state.openRollout = { ...state.openRollout, phase: 'bake', waitingFor: 'machine' };
  line.record({ ...common(ask), kind, effectiveFrom, asOf: modelNow(state) });
  return answer(line, effectiveFrom);
}

async function bakePassed(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const effectiveFrom = line.state.aliases.baking ? await publish(line, { kind: 'bake-passed' }) : null;
  line.record({ ...common(ask), kind: 'bake-ended', asOf: modelNow(line.state) });
  return answer(line, effectiveFrom);
}

/** Nobody answers for a challenger or a bake any more: it ends. A champion whose bake was lost serves on, unproven. */
export async function endTrial(line: ModelLine, why: string): Promise<void> {
  const { state } = line;
  if (state.aliases.challenger !== null) await publish(line, { kind: 'withdraw' });
  if (!state.aliases.baking) return;
  await publish(line, { kind: 'bake-passed' });
  const version = state.aliases.champion?.version ?? null;
  const run = state.openRollout?.run ?? null;
  line.record({ kind: 'bake-ended', who: 'policy', why, version, run, asOf: modelNow(state) });
}

async function rollBackBake(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const { state } = line;
  const to = state.aliases.previous;
  if (to === null) return { done: false, refused: 'there is no previous champion to fall back to' };
  const effectiveFrom = await rollBackTo(line, to);
  if (state.openRollout !== null) ruleOut(line, state.openRollout.onnxSha256);
  line.record({ ...common(ask), kind: 'rolled-back', effectiveFrom, asOf: modelNow(state) });
  return answer(line, effectiveFrom);
}

/** Makes `to` the champion again, at once. */
export function rollBackTo(line: ModelLine, to: VersionRef): Promise<string | null> {
  return publish(line, { kind: 'roll-back', to });
}

/** A digest that was rejected or rolled back is never rolled out again. */
export function ruleOut(line: ModelLine, onnxSha256: string): void {
  const name = onnxSha256.slice(0, RULED_OUT_LENGTH);
  const { ruledOut } = line.state;
  if (!ruledOut.includes(name)) keepNewest(ruledOut, name, { count: 200, bytes: Infinity });
}

function common(ask: Advance) {
  return {
    who: ask.who,
    why: ask.why,
    version: ask.version.version,
    run: ask.run,
    verdicts: ask.verdicts,
    ...(ask.evidence === undefined ? {} : { evidence: ask.evidence }),
  };
}

/** The later of two instants, either of which may be unknown. */
export function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return epoch(a) >= epoch(b) ? a : b;
}
