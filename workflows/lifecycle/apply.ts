import type { Apply } from '../../domain/messages.js';
import { looserThan, specChanges } from '../../domain/spec/compare-specs.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { shadowFeasible } from '../../domain/spec/shadow-feasible.js';
import { compute, control, measure } from '../proxies.js';
import type { ModelLine } from './model-line.js';
import { askRetrain } from './retrains.js';

/** What `apply` answers. */
export interface ApplyAnswer {
  readonly outcome: 'applied' | 'unchanged' | 'needs-approval' | 'refused';
  readonly changes: readonly string[];
  readonly because?: string;
}

const TRAINED_SECTIONS = ['task', 'source', 'features', 'window', 'trainer'] as const;

/** Makes a stored spec the model's spec. The first one asks for the first version. */
export async function applySpec(line: ModelLine, ask: Apply): Promise<ApplyAnswer> {
  const { state } = line;
  if (state.specDigest === ask.specDigest) return { outcome: 'unchanged', changes: [] };
  const next = await control.loadSpec({ model: state.model, digest: ask.specDigest });
  if (next.model !== state.model) {
    return {
      outcome: 'refused',
      changes: [],
      because: `the spec names ${next.model}, this model is ${state.model}`,
    };
  }
  const approvers =
    next.rollout.approval === undefined
      ? []
      : await control.resolveApprovers({ groups: next.rollout.approval.from });
  const undeliverable = await shadowProblem(next);
  if (undeliverable !== undefined) return { outcome: 'refused', changes: [], because: undeliverable };
  const before = line.spec;
  const changes = before === null ? [] : specChanges(before, next);
  const loosened = before === null || state.aliases.champion === null ? [] : looserThan(before, next);
  const approved =
    ask.approvedBy !== undefined && ask.approvedBy !== ask.by && approvers.includes(ask.approvedBy);
  if (loosened.length > 0 && !approved) return needsApproval(line, ask, { changes, loosened, approvers });
  return accept(line, ask, { before, next, changes });
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
  const because = `it loosens a live model: ${loosened.join('; ')}. Apply again with "approvedBy": one of ${who}`;
  line.record({ kind: 'spec-refused', who: ask.by, why: because });
  return { outcome: 'needs-approval', changes, because };
}

async function accept(
  line: ModelLine,
  ask: Apply,
  { before, next, changes }: { before: ModelSpec | null; next: ModelSpec; changes: string[] },
): Promise<ApplyAnswer> {
  const { state } = line;
  state.specDigest = ask.specDigest;
  line.spec = next;
  const approval = ask.approvedBy === undefined ? '' : `, approved by ${ask.approvedBy}`;
  const why = `${before === null ? 'first spec' : changes.join('; ') || 'same meaning'}${approval}${ask.reason === '' ? '' : `: ${ask.reason}`}`;
  line.record({ kind: 'spec-applied', who: ask.by, why });
  if (state.anchor === null) {
    state.anchor = await compute().asOfFromSource({ model: state.model, specDigest: ask.specDigest });
  }
  await control.ensureSchedules({ model: state.model, specDigest: ask.specDigest, anchor: state.anchor });
  const retrain =
    before === null ||
    TRAINED_SECTIONS.some((section) => JSON.stringify(before[section]) !== JSON.stringify(next[section]));
  if (retrain)
    await askRetrain(line, {
      trigger: 'spec-change',
      by: ask.by,
      reason: before === null ? 'first spec' : changes.join('; '),
      rollout: true,
    });
  return { outcome: 'applied', changes };
}
