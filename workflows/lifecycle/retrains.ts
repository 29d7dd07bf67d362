import { isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { clip, jsonBytes, keepNewest } from '../../domain/bounds.js';
import { STATE_BOUNDS, type LifecycleState, type QueuedRequest } from '../../domain/lifecycle-state.js';
import type { RetrainRequest } from '../../domain/messages.js';
import { retrainId } from '../../domain/names.js';
import type { RetrainAnswer, RetrainReport } from '../../domain/reports.js';
import { mayRetrain, modelNow, type DatedRequest } from '../../policy/may-retrain.js';
import { searchAttributes } from '../search-attributes.js';
import { bounded, compute } from '../proxies.js';
import { currentTrace, inTrace } from '../trace.js';
import { later } from './aliases.js';
import type { ModelLine } from './model-line.js';
import { offerCandidate } from './rollouts.js';

/** Rules on a request: starts a retrain, merges it into the open one, queues it, or says why not. */
export async function askRetrain(line: ModelLine, request: RetrainRequest): Promise<RetrainAnswer> {
  const { state } = line;
  const spec = await line.specSoon();
  if (spec === null)
    return state.specDigest === null
      ? { outcome: 'refused', because: `${state.model} has no spec yet; apply one first` }
      : { outcome: 'refused', because: 'the spec cannot be read: the store cannot be reached' };
  if (request.requestId !== undefined) {
    if (state.seenRequests.includes(request.requestId)) {
      return { outcome: 'historical', because: `request ${request.requestId} was answered before` };
    }
    keepNewest(state.seenRequests, request.requestId, STATE_BOUNDS.seenRequests);
  }
  const dated = await withAsOf(line, request);
  if (request.trigger === 'schedule') state.newestAsk = later(state.newestAsk, dated.asOf);
  const ruling = line.full ? storeAway : mayRetrain(state, spec, dated);
  if (ruling.kind !== 'accept') return declined(line, dated, ruling.kind, ruling.because);
  if (request.rollout) state.highWater = later(state.highWater, dated.asOf);
  return accept(line, dated);
}

async function withAsOf(
  line: ModelLine,
  request: RetrainRequest,
): Promise<DatedRequest & { fromSource: boolean }> {
  const { state, spec } = line;
  const lateness = spec?.source.lateness ?? '0 seconds';
  state.watermark = later(state.watermark, await watermarkNow(state.model, lateness));
  const now = request.asOf ?? modelNow(state);
  if (now !== null) return { ...request, asOf: new Date(now).toISOString(), fromSource: false };
  const specDigest = state.specDigest ?? '';
  const asOf = await compute().asOfFromSource({ model: state.model, specDigest });
  return { ...request, asOf, fromSource: true };
}

/** Null when the replicas' clocks cannot be read: what was known before counts. */
async function watermarkNow(model: string, lateness: string): Promise<string | null> {
  try {
    return (await bounded.readClocks({ model, lateness })).watermark;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return null;
  }
}

const storeAway = {
  kind: 'refuse',
  because: 'the store cannot be reached, and new retrains wait for it; ask again when it is back',
} as const;

function declined(
  line: ModelLine,
  request: DatedRequest,
  kind: 'historical' | 'refuse',
  because: string,
): RetrainAnswer {
  line.record({
    kind: kind === 'historical' ? 'historical' : 'retrain-refused',
    who: asker(request),
    why: `${request.trigger}: ${because}`,
    asOf: request.asOf,
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });
  return { outcome: kind === 'historical' ? 'historical' : 'refused', because };
}

async function accept(
  line: ModelLine,
  request: DatedRequest & { fromSource: boolean },
): Promise<RetrainAnswer> {
  const { state } = line;
  if (request.fromSource) {
    const why = `no prediction log yet: looking from the newest source event, ${request.asOf}`;
    line.record({ kind: 'from-source', who: 'policy', why, asOf: request.asOf });
  }
  const queued: QueuedRequest = {
    ...stored(request),
    asOf: request.asOf,
    askers: [clip(asker(request), 60)],
  };
  const open = state.openRetrain;
  if (open === null) return start(line, queued);
  if (request.imported !== undefined || open.imported === true) return waitInQueue(line, queued);
  recordMerged(line, queued, { ...open, how: 'is running' });
  addAsker(open.askers, asker(request));
  if (!open.triggers.includes(request.trigger)) open.triggers.push(request.trigger);
  if (request.rollout && request.staged === undefined)
    return { outcome: 'merged', n: open.n, run: open.run, asOf: open.asOf };
  return waitInQueue(line, queued);
}

/** The same asked again while it waits, as everything may during an import, is one request. */
function waitInQueue(line: ModelLine, request: QueuedRequest): RetrainAnswer {
  const { state } = line;
  const found = state.queue.findIndex((waiting) => isSame(waiting, request));
  const at = found < 0 ? state.queue.length : found;
  const same = state.queue[at];
  const askers = [...(same?.askers ?? []), ...request.askers].slice(0, MOST_ASKERS);
  const waiting = [...state.queue];
  const waits = { ...(same ?? shortRequest(request)), askers };
  waiting[at] = waits;
  const { count, bytes } = STATE_BOUNDS.queue;
  if (waiting.length > count || jsonBytes(waiting) > bytes)
    return { outcome: 'refused', because: `${state.queue.length} requests already wait, no more fit` };
  state.queue = waiting;
  const trace = (same && line.tracesOfQueue.get(same)) ?? currentTrace();
  if (trace !== undefined) line.tracesOfQueue.set(waits, trace);
  const n = state.nextRetrain + at;
  const run = retrainId(state.model, n);
  if (same !== undefined) recordMerged(line, request, { n, run, how: 'waits' });
  return { outcome: 'queued', n, run, asOf: request.asOf };
}

/** Whether one training serves both. */
const isSame = (waiting: QueuedRequest, request: QueuedRequest): boolean =>
  [waiting, request].every((one) => one.rollout && one.staged === undefined && one.imported === undefined) &&
  waiting.trigger === request.trigger &&
  waiting.asOf === request.asOf;

function recordMerged(
  line: ModelLine,
  request: QueuedRequest,
  { n, run, how }: { readonly n: number; readonly run: string; readonly how: string },
): void {
  line.record({
    kind: 'retrain-merged',
    who: asker(request),
    why: `${request.trigger}: ${request.reason || 'asked'}; retrain ${n} ${how}`,
    asOf: request.asOf,
    run,
  });
}

function stored({
  fromSource: _fromSource,
  ...request
}: DatedRequest & { fromSource: boolean }): DatedRequest {
  return request;
}

const MOST_ASKERS = 20;

/** Names an asker; the ledger names every one, the state the first twenty. */
function addAsker(askers: string[], asker: string): void {
  if (askers.length < MOST_ASKERS) askers.push(clip(asker, 60));
}

/** What a request needs while it waits; the ledger has its words and its evidence. */
function shortRequest({ requestId: _requestId, evidence, ...request }: QueuedRequest): QueuedRequest {
  return {
    ...request,
    by: clip(request.by, 60),
    reason: clip(request.reason, 200),
    ...(evidence?.artifact === undefined ? {} : { evidence: { artifact: evidence.artifact, summary: {} } }),
  };
}

/** Starts the next queued request when the lane is free. */
export async function startQueued(line: ModelLine): Promise<void> {
  const { state } = line;
  if (state.openRetrain !== null || state.paused !== null || line.full) return;
  const next = state.queue.shift();
  if (next !== undefined) await inTrace(line.tracesOfQueue.get(next), () => start(line, next));
}

async function start(line: ModelLine, request: QueuedRequest): Promise<RetrainAnswer> {
  const { state } = line;
  const n = state.nextRetrain;
  const run = retrainId(state.model, n);
  state.nextRetrain += 1;
  const triggers: string[] = [request.trigger];
  const since = new Date().toISOString();
  const imported = request.imported === undefined ? {} : { imported: true as const };
  state.openRetrain = { n, run, asOf: request.asOf, triggers, askers: request.askers, since, ...imported };
  keepNewest(state.retrains, request.asOf, { count: 100, bytes: Infinity });
  state.doubled = state.doubled.filter((trigger) => trigger !== request.trigger);
  line.record({
    kind: 'retrain-requested',
    who: request.askers.join(', '),
    why: whyAsked(request),
    asOf: request.asOf,
    run,
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });
  await startChild('retrain', {
    workflowId: run,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [
      {
        model: state.model,
        n,
        specDigest: state.specDigest,
        asOf: request.asOf,
        champion: state.aliases.champion,
        ruledOut: state.ruledOut,
        rollout: request.rollout,
        fromSource: state.aliases.champion === null,
        ...(request.staged === undefined ? {} : { staged: request.staged }),
        ...(request.imported === undefined ? {} : { imported: request.imported }),
      },
    ],
    typedSearchAttributes: searchAttributes({
      model: state.model,
      phase: 'retrain',
      trigger: request.trigger,
    }),
    staticSummary: `${state.model} retrain ${n}: ${request.trigger}, as of ${request.asOf}`,
  });
  return { outcome: 'started', n, run, asOf: request.asOf };
}

function whyAsked({ trigger, reason, imported }: QueuedRequest): string {
  const what = imported === undefined ? '' : `import of ${imported.onnx.sha256.slice(0, 12)}, `;
  return `${what}${trigger}: ${reason || 'asked'}`;
}

/** Takes the report of a retrain: a candidate goes on to its rollout, anything else is a named result. */
export async function retrainEnded(line: ModelLine, report: RetrainReport): Promise<void> {
  const { state } = line;
  const open = state.openRetrain;
  if (open === null || open.run !== report.run) return;
  state.openRetrain = null;
  line.record({
    kind: 'retrain-ended',
    who: 'policy',
    why: report.reason === null ? report.because : `${report.reason}: ${report.because}`,
    asOf: report.asOf,
    version: report.version?.version ?? null,
    run: report.run,
    verdicts: report.verdicts,
    ...(report.evidence === null ? {} : { evidence: report.evidence }),
  });
  if (report.reason === 'store-unavailable') forgive(line, open);
  else if (report.outcome === 'no-candidate' && report.reason !== 'import-refused')
    state.doubled = [...new Set([...state.doubled, ...open.triggers])].slice(-20);
  if (report.outcome !== 'candidate' || report.version === null || report.onnxSha256 === null) return;
  await offerCandidate(line, {
    version: report.version,
    onnxSha256: report.onnxSha256,
    override: null,
    judged: { verdicts: report.verdicts, evidence: report.evidence },
  });
}

/** An outage of the store is not the model's doing: this attempt counts neither for cool-down nor for budget. */
function forgive({ state }: ModelLine, { asOf }: NonNullable<LifecycleState['openRetrain']>): void {
  const index = state.retrains.lastIndexOf(asOf);
  if (index >= 0) state.retrains.splice(index, 1);
}

const asker = (request: RetrainRequest): string =>
  request.by === 'unknown' ? request.trigger : `${request.by} (${request.trigger})`;
