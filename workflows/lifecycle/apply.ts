import { patched } from '@temporalio/workflow';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { Apply } from '../../domain/messages.js';
import { looserThan, specChanges } from '../../domain/spec/compare-specs.js';
import { LOOSENS, type RetrainAnswer } from '../../domain/reports.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { pluginsNamed } from '../../domain/spec/plugin-section.js';
import { shadowFeasible } from '../../domain/spec/shadow-feasible.js';
import { plainCause } from '../plain-cause.js';
import { bounded, compute, control, measure } from '../proxies.js';
import type { ModelLine } from './model-line.js';
import { askRetrain } from './retrains.js';

/** What `apply` answers. */
export interface ApplyAnswer {
  readonly outcome: 'applied' | 'unchanged' | 'needs-approval' | 'refused';
  readonly changes: readonly string[];
  readonly because?: string;
  /** What became of the import that came with it. */
  readonly retrain?: RetrainAnswer;
}

const TRAINED_SECTIONS = ['task', 'source', 'features', 'window', 'trainer'] as const;

/** A spec that could be applied, with what had to be looked up for it. */
interface Applicable {
  readonly next: ModelSpec;
  readonly approvers: string[];
}

const unchanged: ApplyAnswer = { outcome: 'unchanged', changes: [] };
const refused = (because: string): ApplyAnswer => ({ outcome: 'refused', changes: [], because });

/**
 * Makes a stored spec the model's spec. The first one asks for the first version. The store is read before `inOrder` takes the place in
 * the order: nobody else waits for it.
 */
export async function applySpec(
  line: ModelLine,
  ask: Apply,
  inOrder: (section: () => Promise<ApplyAnswer>) => Promise<ApplyAnswer>,
): Promise<ApplyAnswer> {
  if (line.state.specDigest === ask.specDigest) return keep(line, ask, inOrder);
  const looked = await lookUp(line.state.model, ask);
  if ('outcome' in looked)
    return patched('keep-schedules') ? inOrder(() => unlessKept(line, ask, looked)) : looked;
  return inOrder(() => applyFound(line, ask, looked));
}

/** A lifecycle that was started by this very call may have found meanwhile, in the store, that it has this spec already. */
async function unlessKept(line: ModelLine, ask: Apply, refusal: ApplyAnswer): Promise<ApplyAnswer> {
  return line.state.specDigest === ask.specDigest ? unchanged : refusal;
}

/** The spec is what it was; a schedule that somebody deleted is made again. */
async function keep(
  line: ModelLine,
  ask: Apply,
  inOrder: (section: () => Promise<ApplyAnswer>) => Promise<ApplyAnswer>,
): Promise<ApplyAnswer> {
  if (!patched('keep-schedules')) return unchanged;
  return inOrder(async () => {
    if (line.state.specDigest === ask.specDigest) await schedule(line.state, ask.specDigest);
    return unchanged;
  });
}

async function lookUp(model: string, ask: Apply): Promise<Applicable | ApplyAnswer> {
  const next = await bounded.loadSpec({ model, digest: ask.specDigest });
  if (next.model !== model) return refused(`the spec names ${next.model}, this model is ${model}`);
  const { approval } = next.rollout;
  const approvers = approval === undefined ? [] : await control.resolveApprovers({ groups: approval.from });
  const problem = (await pluginProblem(next, ask.specDigest)) ?? (await shadowProblem(next));
  return problem === undefined ? { next, approvers } : refused(problem);
}

async function applyFound(
  line: ModelLine,
  ask: Apply,
  { next, approvers }: Applicable,
): Promise<ApplyAnswer> {
  const { state } = line;
  if (state.specDigest === ask.specDigest) return unchanged;
  const before = state.specDigest === null ? null : await line.specSoon();
  if (before === null && state.specDigest !== null)
    return refused('the present spec cannot be read: the store cannot be reached');
  const changes = before === null ? [] : specChanges(before, next);
  const loosened = before === null || state.aliases.champion === null ? [] : looserThan(before, next);
  const approved =
    ask.approvedBy !== undefined && ask.approvedBy !== ask.by && approvers.includes(ask.approvedBy);
  if (loosened.length > 0 && !approved) return needsApproval(line, ask, { changes, loosened, approvers });
  return accept(line, ask, { before, next, changes });
}

/** A plug-in that the workers have not loaded, or that does not take its options. */
async function pluginProblem(spec: ModelSpec, digest: string): Promise<string | undefined> {
  if (pluginsNamed(spec).length === 0) return undefined;
  const { problem } = await control.checkPlugins({ model: spec.model, digest });
  return problem ?? undefined;
}

/** A shadow that past traffic could never fill would only give up: refused before anything changes. */
async function shadowProblem(spec: ModelSpec): Promise<string | undefined> {
  const rate = await measure.requestsPerDay({ model: spec.model });
  if (rate === null) return undefined;
  const { requests, giveUpAfter } = spec.rollout.shadow;
  const verdict = shadowFeasible({ requests, giveUpAfter, requestsPerDay: rate });
  return verdict.feasible ? undefined : verdict.because;
}

function needsApproval(
  line: ModelLine,
  ask: Apply,
  { changes, loosened, approvers }: { changes: string[]; loosened: string[]; approvers: string[] },
): ApplyAnswer {
  const who = approvers.filter((name) => name !== ask.by).join(', ');
  const because = `${LOOSENS}: ${loosened.join('; ')}. Apply again with "approvedBy": one of ${who}`;
  line.record({ kind: 'spec-refused', who: ask.by, why: because });
  return { outcome: 'needs-approval', changes, because };
}

async function accept(
  line: ModelLine,
  ask: Apply,
  { before, next, changes }: { before: ModelSpec | null; next: ModelSpec; changes: string[] },
): Promise<ApplyAnswer> {
  const { state } = line;
  const digestBefore = state.specDigest;
  state.specDigest = ask.specDigest;
  line.spec = next;
  const approval = ask.approvedBy === undefined ? '' : `, approved by ${ask.approvedBy}`;
  const why = `${before === null ? 'first spec' : changes.join('; ') || 'same meaning'}${approval}${ask.reason === '' ? '' : `: ${ask.reason}`}`;
  line.record({
    kind: 'spec-applied',
    who: ask.by,
    why,
    evidence: { summary: { specDigest: ask.specDigest } },
  });
  try {
    await schedule(state, ask.specDigest);
  } catch (error) {
    state.specDigest = digestBefore;
    line.spec = before;
    const kept = { summary: { specDigest: digestBefore } };
    const problem = `its schedules could not be made, the spec before it stays: ${plainCause(error)}`;
    line.record({ kind: 'spec-refused', who: ask.by, why: problem, evidence: kept });
    throw error;
  }
  const retrain =
    before === null ||
    TRAINED_SECTIONS.some((section) => JSON.stringify(before[section]) !== JSON.stringify(next[section]));
  const { by, imported } = ask;
  if (!retrain && imported === undefined) return { outcome: 'applied', changes };
  const because = before === null ? 'first spec' : changes.join('; ');
  const answer = await askRetrain(line, {
    ...{ trigger: 'spec-change', by, rollout: true },
    reason: imported === undefined ? because : ask.reason || because,
    ...(imported !== undefined && { imported }),
  });
  return { outcome: 'applied', changes, ...(imported !== undefined && { retrain: answer }) };
}

/** Makes the spec's schedules, or changes them to it: slots are counted from the first as-of. */
export async function schedule(state: LifecycleState, specDigest: string): Promise<void> {
  const { model } = state;
  state.anchor ??= await compute().asOfFromSource({ model, specDigest });
  await bounded.ensureSchedules({ model, specDigest, anchor: state.anchor });
}
