import { keepNewest } from '../../domain/bounds.js';
import { RULED_OUT_LENGTH } from '../../domain/lifecycle-migrations.js';
import { epoch } from '../../domain/references.js';
import type { Advance, AdvanceAnswer } from '../../domain/reports.js';
import { modelNow } from '../../policy/may-retrain.js';
import { fallBack, giveTraffic } from './fall-back.js';
import type { ModelLine } from './model-line.js';
import { publish } from './publish.js';

/** Does what a rollout asks, or says why not. */
export async function advance(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const { state } = line;
  if (state.openRollout?.run !== ask.run) {
    return { done: false, refused: `${ask.run} is not the open rollout of ${state.model}` };
  }
  switch (ask.step) {
    case 'shadow':
      return beginShadow(line, ask);
    case 'withdraw':
      if (state.aliases.challenger === null) return answer(line, null);
      return answer(line, (await publish(line, { kind: 'withdraw' })).effectiveFrom);
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

async function beginShadow(line: ModelLine, { version }: Advance): Promise<AdvanceAnswer> {
  const given = await giveTraffic(line, { kind: 'shadow', version });
  return given.served ? answer(line, given.effectiveFrom) : { done: false, refused: given.because };
}

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
  const given = await giveTraffic(line, { kind: 'promote', version: ask.version });
  if (!given.served) return { done: false, refused: given.because };
  const { effectiveFrom } = given;
  const kind = first ? 'first' : ask.who.startsWith('operator ') ? 'operator-promoted' : 'promoted';
  if (state.openRollout !== null)
    state.openRollout = { ...state.openRollout, phase: 'bake', waitingFor: 'machine' };
  line.record({ ...common(ask), kind, effectiveFrom, asOf: modelNow(state) });
  return answer(line, effectiveFrom);
}

async function bakePassed(line: ModelLine, ask: Advance): Promise<AdvanceAnswer> {
  const { baking } = line.state.aliases;
  const effectiveFrom = baking ? (await publish(line, { kind: 'bake-passed' })).effectiveFrom : null;
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
  const back = await fallBack(line, { to, further: true });
  if (back === undefined) {
    if (state.aliases.baking) await publish(line, { kind: 'bake-passed' });
    return { done: false, refused: NOWHERE };
  }
  const { effectiveFrom, instead } = back;
  if (state.openRollout !== null) ruleOut(line, state.openRollout.onnxSha256);
  const why = instead === undefined ? ask.why : `${ask.why}; ${instead}, version ${back.to.version} serves`;
  line.record({ ...common(ask), why, kind: 'rolled-back', effectiveFrom, asOf: modelNow(state) });
  return answer(line, effectiveFrom);
}

/** Why a rollback changes nothing. */
export const NOWHERE = 'no former champion can be served; the ledger says of each why (`unservable`)';

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
