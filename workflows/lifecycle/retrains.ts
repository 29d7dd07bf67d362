import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { QueuedRequest } from '../../domain/lifecycle-state.js';
import type { RetrainRequest } from '../../domain/messages.js';
import { retrainId } from '../../domain/names.js';
import type { RetrainAnswer, RetrainReport } from '../../domain/reports.js';
import { mayRetrain, modelNow, type DatedRequest } from '../../policy/may-retrain.js';
import { searchAttributes } from '../search-attributes.js';
import { compute, control } from '../proxies.js';
import { later } from './aliases.js';
import { keepNewest, type ModelLine } from './model-line.js';
import { offerCandidate } from './rollouts.js';

/** Rules on a request: starts a retrain, merges it into the open one, queues it, or says why not. */
export async function askRetrain(line: ModelLine, request: RetrainRequest): Promise<RetrainAnswer> {
  const { state, spec } = line;
  if (spec === null)
    return { outcome: 'refused', because: `${state.model} has no spec yet; apply one first` };
  if (request.requestId !== undefined) {
    if (state.seenRequests.includes(request.requestId)) {
      return { outcome: 'historical', because: `request ${request.requestId} was answered before` };
    }
    keepNewest(state.seenRequests, request.requestId, 200);
  }
  const dated = await withAsOf(line, request);
  if (request.trigger === 'schedule') state.newestAsk = later(state.newestAsk, dated.asOf);
  const ruling = mayRetrain(state, spec, dated);
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
  const { watermark } = await control.readClocks({ model: state.model, lateness });
  state.watermark = later(state.watermark, watermark);
  const now = request.asOf ?? modelNow(state);
  if (now !== null) return { ...request, asOf: new Date(now).toISOString(), fromSource: false };
  const specDigest = state.specDigest ?? '';
  const asOf = await compute().asOfFromSource({ model: state.model, specDigest });
  return { ...request, asOf, fromSource: true };
}

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
  const queued: QueuedRequest = { ...stored(request), asOf: request.asOf, askers: [asker(request)] };
  const open = state.openRetrain;
  if (open === null) return start(line, queued);
  line.record({
    kind: 'retrain-merged',
    who: asker(request),
    why: `${request.trigger}: ${request.reason || 'asked'}; retrain ${open.n} is running`,
    asOf: request.asOf,
    run: open.run,
  });
  open.askers.push(asker(request));
  if (!open.triggers.includes(request.trigger)) open.triggers.push(request.trigger);
  if (request.rollout && request.staged === undefined)
    return { outcome: 'merged', n: open.n, run: open.run, asOf: open.asOf };
  if (state.queue.length >= 100) return { outcome: 'refused', because: '100 requests already wait' };
  state.queue.push(queued);
  return {
    outcome: 'queued',
    n: state.nextRetrain,
    run: retrainId(state.model, state.nextRetrain),
    asOf: request.asOf,
  };
}

function stored({
  fromSource: _fromSource,
  ...request
}: DatedRequest & { fromSource: boolean }): DatedRequest {
  return request;
}

/** Starts the next queued request when the lane is free. */
export async function startQueued(line: ModelLine): Promise<void> {
  const { state } = line;
  if (state.openRetrain !== null || state.paused !== null) return;
  const next = state.queue.shift();
  if (next !== undefined) await start(line, next);
}

async function start(line: ModelLine, request: QueuedRequest): Promise<RetrainAnswer> {
  const { state } = line;
  const n = state.nextRetrain;
  const run = retrainId(state.model, n);
  state.nextRetrain += 1;
  const triggers: string[] = [request.trigger];
  const since = new Date().toISOString();
  state.openRetrain = { n, run, asOf: request.asOf, triggers, askers: request.askers, since };
  keepNewest(state.retrains, request.asOf, 100);
  state.doubled = state.doubled.filter((trigger) => trigger !== request.trigger);
  line.record({
    kind: 'retrain-requested',
    who: request.askers.join(', '),
    why: `${request.trigger}: ${request.reason || 'asked'}`,
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
  if (report.outcome === 'no-candidate')
    state.doubled = [...new Set([...state.doubled, ...open.triggers])].slice(-20);
  if (report.outcome !== 'candidate' || report.version === null || report.onnxSha256 === null) return;
  await offerCandidate(line, {
    version: report.version,
    onnxSha256: report.onnxSha256,
    override: null,
    judged: { verdicts: report.verdicts, evidence: report.evidence },
  });
}

const asker = (request: RetrainRequest): string =>
  request.by === 'unknown' ? request.trigger : `${request.by} (${request.trigger})`;
