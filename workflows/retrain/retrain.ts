import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  FrozenSource,
  Judged,
  ExportedModel,
  RetrainScope,
  TrainedModel,
} from '../../activities/retrain-activities.js';
import type { Snapshot } from '../../domain/manifest.js';
import { MESSAGE } from '../../domain/messages.js';
import { lifecycleId } from '../../domain/names.js';
import { pluginCode } from '../../domain/plugins.js';
import type { RetrainReport } from '../../domain/reports.js';
import type { VersionRef } from '../../domain/references.js';
import { judgeGates, type GateDecision } from '../../policy/gates.js';
import { parseStart } from '../parse-input.js';
import { compute, patientControl } from '../proxies.js';
import { showSearchAttributes } from '../search-attributes.js';
import { asNoCandidate, NoCandidateResult } from './no-candidate.js';
import { Patience } from './patience.js';
import { retrainInputSchema, type RetrainInput } from './retrain-input.js';

/**
 * One attempt at a new version: source manifest → contract → snapshot → point-in-time gate → train → export → evaluate → gates →
 * register. Ends in a candidate, or in a named reason why there is none; either way the lifecycle gets the report by signal.
 */
export async function retrain(input: unknown): Promise<RetrainReport> {
  const ask = parseStart(
    'retrain',
    retrainInputSchema,
    input,
    '{"model":"bike-demand","n":1,…} (the lifecycle starts retrains)',
  );
  const report = await attempt(ask);
  return CancellationScope.nonCancellable(async () => {
    setCurrentDetails(
      `## ${ask.model} retrain ${ask.n}: ${report.reason ?? report.outcome}\n\n${report.because}`,
    );
    await tell(ask.model, report);
    return report;
  });
}

async function tell(model: string, report: RetrainReport): Promise<void> {
  try {
    await getExternalWorkflowHandle(lifecycleId(model)).signal(MESSAGE.retrainEnded, report);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The lifecycle is gone: the version, if any, is registered, and whoever starts the lifecycle again can promote it.
  }
}

async function attempt(ask: RetrainInput): Promise<RetrainReport> {
  try {
    return await steps(ask);
  } catch (error) {
    if (isCancellation(error))
      return noCandidate(ask, new NoCandidateResult('cancelled', 'the retrain was cancelled'));
    const named = asNoCandidate(error);
    if (named === undefined) throw error;
    return noCandidate(ask, named);
  }
}

const noCandidate = (
  ask: RetrainInput,
  result: NoCandidateResult,
  decision?: GateDecision,
): RetrainReport => ({
  ...base(ask),
  outcome: 'no-candidate',
  reason: result.reason,
  because: result.message,
  version: null,
  onnxSha256: null,
  verdicts: decision?.verdicts ?? [],
  evidence: null,
});

const base = (ask: RetrainInput) => ({
  run: workflowInfo().workflowId,
  n: ask.n,
  asOf: ask.asOf,
  fromSource: ask.fromSource,
});

function step(ask: RetrainInput, phase: string): void {
  showSearchAttributes({ phase });
  setCurrentDetails(`## ${ask.model} retrain ${ask.n}\n\nAs of ${ask.asOf}: ${phase}`);
}

async function steps(ask: RetrainInput): Promise<RetrainReport> {
  const patience = new Patience(ask.model, ask.storePatienceMs);
  const scope: RetrainScope = {
    model: ask.model,
    specDigest: ask.specDigest,
    asOf: ask.asOf,
    runKey: `${ask.model}/${ask.n}`,
  };
  const { champion } = ask;
  const run = <T>(work: () => Promise<T>): Promise<T> => patience.run(work);
  step(ask, 'extract');
  const imports = ask.imported !== undefined;
  const source = await run(() => compute().freezeSource({ ...scope, ...(imports && { imports }) }));
  await run(() => mustKeepContract(scope, source, champion === null));
  const snapshot = await run(() => compute().takeSnapshot({ ...scope, source: source.manifest }));
  await run(() => mustLookBack(scope, source));
  step(ask, imports ? 'import' : 'train');
  const { staged = {}, imported } = ask;
  const { plugins } = source;
  const pinned = plugins === undefined ? {} : { plugins };
  const given = imported === undefined ? {} : { imported };
  const training = { ...scope, snapshot, champion, staged, ...given, ...pinned };
  const trained = await run(() => compute().train(training));
  step(ask, 'export');
  const exported = await run(() => compute().exportModel({ ...scope, snapshot, trained }));
  await run(() => mustBeNew(ask, exported));
  step(ask, 'evaluate');
  const rows = { ...scope, snapshot, source: source.manifest, ...pinned };
  const judged = await run(() => compute().evaluate({ ...rows, exported, champion }));
  return conclude(ask, scope, { source, snapshot, trained, exported, judged, patience });
}

interface Work {
  readonly source: FrozenSource;
  readonly snapshot: Snapshot;
  readonly trained: TrainedModel;
  readonly exported: ExportedModel;
  readonly judged: Judged;
  readonly patience: Patience;
}

async function conclude(ask: RetrainInput, scope: RetrainScope, work: Work): Promise<RetrainReport> {
  const decision = await gates(ask, work);
  const passed = decision.outcome === 'pass';
  // What failed its gates is registered too when nobody asked for a rollout, or when a fault was staged: an operator may need it.
  const keep = passed || !ask.rollout || ask.staged !== undefined;
  const version = keep ? await register(ask, scope, work) : null;
  const evidence = { artifact: work.judged.evidence, summary: summary(work, version) };
  const seen = seenRows(work);
  if (passed && ask.rollout)
    return {
      ...base(ask),
      outcome: 'candidate',
      reason: null,
      because: seen === undefined ? decision.because : `${decision.because}; ${seen.said}`,
      version,
      onnxSha256: work.exported.onnx.sha256,
      verdicts: decision.verdicts,
      evidence,
    };
  if (passed)
    return {
      ...base(ask),
      outcome: 'registered-only',
      reason: null,
      because: 'asked without a rollout',
      version,
      onnxSha256: work.exported.onnx.sha256,
      verdicts: decision.verdicts,
      evidence,
    };
  const reason = decision.outcome === 'fail' ? 'gates-failed' : 'inconclusive';
  return {
    ...noCandidate(ask, new NoCandidateResult(reason, decision.because), decision),
    version,
    evidence,
  };
}

async function gates(ask: RetrainInput, work: Work): Promise<GateDecision> {
  const spec = await work.patience.run(() =>
    patientControl.loadSpec({ model: ask.model, digest: ask.specDigest }),
  );
  const { parity } = work.exported;
  const machine = { latencyP99Ms: work.judged.latencyP99Ms, onnxBytes: work.exported.onnx.bytes, parity };
  const seen = seenRows(work);
  return judgeGates({
    spec,
    evaluation: work.judged.evaluation,
    machine,
    hasChampion: ask.champion !== null,
    plugins: work.judged.plugins,
    ...(seen?.knows === true && { knowsHoldout: seen.said }),
  });
}

async function register(ask: RetrainInput, scope: RetrainScope, work: Work): Promise<VersionRef> {
  step(ask, 'register');
  const { snapshot, trained, exported, judged, source, patience } = work;
  const { champion } = ask;
  const { evaluation, reference } = judged;
  const from = { snapshot, source: source.manifest, trained, exported, evaluation, champion };
  const parts = { ...scope, ...from, ...(reference === undefined ? {} : { reference }) };
  return patience.run(() => compute().register(parts));
}

function summary(work: Work, version: VersionRef | null) {
  const { judged, trained } = work;
  const { evaluation } = judged;
  const seen = seenRows({ judged, trained });
  const metric = evaluation.metric;
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    version: version?.version ?? null,
    metric,
    candidate: number(evaluation.candidate[metric]),
    champion: number(evaluation.champion?.[metric]),
    naive: number(evaluation.naive[metric]),
    rows: evaluation.rows,
    epochs: trained.epochs,
    ...(seen === undefined ? {} : { imported: seen.said }),
    ...(trained.notices === undefined ? {} : { notices: noticed(trained.notices) }),
    ...codeBehind(work),
  };
}

/** The first notices in one line: evidence is small, and the manifest has them all. */
function noticed(notices: readonly string[]): string {
  const line = notices.slice(0, 3).join('; ');
  const text = notices.length > 3 ? `${line}; and ${notices.length - 3} more` : line;
  return text.length > 400 ? `${text.slice(0, 399)}…` : text;
}

/** The plug-ins that trained and judged. */
const codeBehind = ({ judged, trained }: Work): Record<string, string> =>
  Object.assign(
    {},
    ...[
      trained.program?.plugin,
      judged.evaluation.measuredBy,
      ...(judged.plugins ?? []).map((verdict) => verdict?.plugin),
    ].map((plugin) => (plugin === undefined ? {} : pluginCode(plugin))),
  );

/** How far the holdout judges an imported model: nobody here saw its training. Undefined for a model of this run. */
function seenRows({
  judged,
  trained: { imported },
}: Pick<Work, 'judged' | 'trained'>): { said: string; knows: boolean } | undefined {
  if (imported === undefined) return undefined;
  const { trainedTo } = imported;
  if (trainedTo === null)
    return { said: 'imported; nobody said up to when it was trained: it may know the holdout', knows: true };
  const knows = Date.parse(trainedTo) > Date.parse(judged.evaluation.from);
  const said = `imported; trained up to ${trainedTo}, as was said: it ${knows ? 'knows' : 'does not know'} the holdout`;
  return { said, knows };
}

async function mustKeepContract(
  scope: RetrainScope,
  source: FrozenSource,
  firstVersion: boolean,
): Promise<void> {
  const found = await compute().checkContract({ ...scope, source: source.manifest, firstVersion });
  if (found.total === 0) return;
  const shown = found.violations.slice(0, 5).join('; ');
  const more = found.total > 5 ? `; and ${found.total - 5} more` : '';
  throw new NoCandidateResult('contract-broken', `${shown}${more}`);
}

async function mustLookBack(scope: RetrainScope, source: FrozenSource): Promise<void> {
  const leaks = await compute().checkPointInTime({ ...scope, source: source.manifest });
  if (leaks.length > 0) throw new NoCandidateResult('leak', leaks.slice(0, 5).join('; '));
}

async function mustBeNew(ask: RetrainInput, exported: ExportedModel): Promise<void> {
  const { model, champion } = ask;
  const serving =
    champion === null ? null : await patientControl.versionFacts({ model, version: champion.version });
  if (serving?.onnxSha256 === exported.onnx.sha256) {
    throw new NoCandidateResult(
      'same-as-champion',
      `${ask.imported === undefined ? 'training gave' : 'the file is'} version ${serving.ref.version} again, byte for byte`,
    );
  }
  if (!ask.ruledOut.some((digest) => exported.onnx.sha256.startsWith(digest))) return;
  throw new NoCandidateResult(
    'ruled-out',
    `the same model (${exported.onnx.sha256.slice(0, 12)}) was rejected or rolled back before`,
  );
}
