import { PerennialError } from '../domain/errors.js';
import type { Manifest } from '../domain/manifest.js';
import { instant, type VersionRef } from '../domain/references.js';
import { sourceManifestSchema } from '../domain/source.js';
import type { Evaluation } from '../domain/verdict.js';
import type { Table } from '../engines/features/table.js';
import { createScorer, createWorkerScorer, type ScorerSource } from '../engines/inference/index.js';
import { requirePinned } from '../engines/plugins/index.js';
import type { ModelWork } from '../engines/training/index.js';
import {
  getArtifact,
  getJsonArtifact,
  putJsonArtifact,
  stageArtifact,
} from '../storage/objects/artifacts.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import { measuresBy, metricPart } from './measure-by-plugin.js';
import type { Predicted } from './metric-rows.js';
import { askGates, gateParts } from './plugin-gates.js';
import { namedPluginFailure } from './training-failure.js';
import { asksForEstimates, performanceReference } from './performance-reference.js';
import type { Judged, RetrainActivities } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';

type EvaluateInput = Parameters<RetrainActivities['evaluate']>[0];
type RegisterInput = Parameters<RetrainActivities['register']>[0];

/** Judges the candidate on the holdout, and registers what was judged. */
export function createJudgeActivities(ports: RetrainPorts): Pick<RetrainActivities, 'evaluate' | 'register'> {
  return {
    evaluate: (input) =>
      withHeartbeat(({ signal }) => evaluate(ports, input, signal).catch(rethrowNamed), HEAVY_BEAT_MS),
    register: (input) => withHeartbeat(() => register(ports, input)),
  };
}

const rethrowNamed = (error: unknown): never => {
  throw namedPluginFailure(error);
};

async function evaluate(ports: RetrainPorts, input: EvaluateInput, signal: AbortSignal): Promise<Judged> {
  const { store, registry, limits } = ports;
  const features = ports.features.until(signal);
  const work: ModelWork = { signal, memoryMb: limits.memoryMb };
  const spec = await registry.getSpec(input.model, input.specDigest);
  const { holdout } = await features.loadBlocks({
    spec,
    snapshotPath: await stageArtifact(store, input.snapshot.file),
  });
  const metric = metricPart(ports.plugins, spec);
  if (metric !== undefined) requirePinned(metric, input.plugins);
  const gates = gateParts(ports, { spec, pins: input.plugins });
  const source = await getJsonArtifact(store, input.source, sourceManifestSchema);
  const { onnx: ref, inputs, classes } = input.exported;
  const candidate: ScorerSource = {
    onnx: await getArtifact(store, ref),
    inputs,
    classes,
    threads: limits.scoring,
  };
  const at = holdout.keys.map((key, row) => ({ key, event_time: instant(holdout.eventTimes[row] ?? 0) }));
  const said = await scoreAll(candidate, holdout, work);
  const champion = await championSays(ports, input, holdout, work);
  const naive = await features.naiveForecast({ spec, source, rows: at, asOf: input.asOf });
  const { from, to } = input.snapshot.holdout;
  const evaluation = await measuresBy(metric, spec, work).holdout({
    ...{ spec, holdout, from, to, classes, candidate: said, champion, naive },
  });
  if (metric !== undefined) requireMeasured(evaluation);
  const latencyP99Ms = await latencyOf({ ...candidate, threads: 1 }, holdout, signal);
  const { kind, label } = spec.task;
  const facts = {
    ...{ model: spec.model, asOf: input.asOf, task: { kind, label, metric: spec.task.metric }, classes },
    ...{ hasChampion: champion !== null, evaluation, holdout, candidate: said, naive },
    ...{ champion: champion?.said ?? null, latencyP99Ms, onnxBytes: ref.bytes },
  };
  const asked = gates.every((part) => part === null)
    ? {}
    : { plugins: await askGates(gates, { spec, facts, work }) };
  const evidence = await putJsonArtifact(store, {
    evaluation,
    parity: input.exported.parity,
    snapshot: input.snapshot.rows,
    ...asked,
  });
  if (!asksForEstimates(spec)) return { evaluation, latencyP99Ms, evidence, ...asked };
  const reference = await putJsonArtifact(store, performanceReference(spec, holdout, { classes, said }));
  return { evaluation, latencyP99Ms, evidence, reference, ...asked };
}

/** A plug-in's metric that does not exist for the candidate leaves nothing to judge by. Throws `plugin-failed`. */
function requireMeasured({ metric, candidate }: Evaluation): void {
  const found = candidate[metric];
  if (typeof found === 'number') return;
  throw new PerennialError({
    type: 'plugin-failed',
    thing: `${metric} of the candidate on the holdout (${found?.absent ?? 'it is missing'})`,
    allowed: 'a number',
    next: 'Mend the plug-in, or judge by another metric.',
  });
}

async function scoreAll(source: ScorerSource, table: Table, work: ModelWork): Promise<Predicted> {
  const scorer = createWorkerScorer(source, work);
  try {
    return await scorer.score(table);
  } finally {
    await scorer.dispose();
  }
}

async function championSays(
  { store, registry, limits }: RetrainPorts,
  { model, champion }: EvaluateInput,
  holdout: Table,
  work: ModelWork,
): Promise<{ said: Predicted; trainedTo: string } | null> {
  if (champion === null) return null;
  const { manifest } = await registry.getManifest(model, champion.version);
  const source = {
    onnx: await getArtifact(store, manifest.onnx),
    inputs: manifest.inputs,
    classes: manifest.classes,
    threads: limits.scoring,
  };
  return { said: await scoreAll(source, holdout, work), trainedTo: trainedTo(manifest) };
}

/** Of an imported model nobody may have said it: it cannot have seen what came after its import. */
const trainedTo = ({ trainer: { imported }, snapshot }: Manifest): string =>
  imported === undefined ? snapshot.train.to : (imported.trainedTo ?? snapshot.asOf);

const LATENCY_CALLS = 300;

/** p99 of one-row calls on this machine, milliseconds; the first calls warm up. */
async function latencyOf(source: ScorerSource, table: Table, signal: AbortSignal): Promise<number> {
  const scorer = await createScorer(source);
  const row = firstRow(source, table);
  const times: number[] = [];
  for (let call = 0; call < LATENCY_CALLS && !signal.aborted; call++) {
    const begun = performance.now();
    await scorer.score([row]);
    if (call >= LATENCY_CALLS / 10) times.push(performance.now() - begun);
  }
  await scorer.dispose();
  signal.throwIfAborted();
  times.sort((a, b) => a - b);
  return Number((times[Math.floor(times.length * 0.99)] ?? 0).toFixed(3));
}

function firstRow({ inputs }: ScorerSource, table: Table): Record<string, number | string | null> {
  return Object.fromEntries(
    inputs.map(({ name, type }) => [
      name,
      type === 'number' ? (table.numbers[name]?.[0] ?? null) : (table.categories[name]?.[0] ?? null),
    ]),
  );
}

async function register({ registry, code }: RetrainPorts, input: RegisterInput): Promise<VersionRef> {
  const { trained, exported, evaluation, champion, snapshot } = input;
  const spec = await registry.getSpec(input.model, input.specDigest);
  return registry.register({
    format: 'perennial-manifest/1',
    model: input.model,
    specDigest: input.specDigest,
    code,
    task: spec.task.kind,
    classes: exported.classes === null ? null : [...exported.classes],
    inputs: [...exported.inputs],
    snapshot,
    sourceManifest: input.source,
    trainer: {
      kind: trained.kind,
      seed: trained.seed,
      backend: trained.backend,
      epochs: trained.epochs,
      warmFrom: trained.warmFrom,
      ...(trained.notices === undefined ? {} : { notices: [...trained.notices] }),
      ...(trained.program === undefined ? {} : { program: trained.program }),
      ...(trained.imported === undefined ? {} : { imported: trained.imported }),
    },
    onnx: exported.onnx,
    weights: trained.weights,
    golden: exported.golden,
    profile: exported.profile,
    ...(exported.explanation === undefined ? {} : { explanation: exported.explanation }),
    ...(input.reference === undefined ? {} : { reference: input.reference }),
    evaluation,
    parity: {
      maxDifference: exported.parity.maxDifference,
      tolerance: exported.parity.tolerance,
      rows: exported.parity.rows,
    },
    judgedAgainst: champion,
  });
}
