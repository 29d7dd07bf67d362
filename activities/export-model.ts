import { PerennialError } from '../domain/errors.js';
import type { Explanation } from '../domain/explanation.js';
import type { ModelInput } from '../domain/manifest.js';
import type { Table } from '../engines/features/table.js';
import { checkParity } from '../engines/inference/parity.js';
import { exportOnnx } from '../engines/inference/export-onnx.js';
import { createWorkerScorer, makeGolden, type Scorer } from '../engines/inference/index.js';
import { wrongOutput } from '../engines/training/command/index.js';
import { deserializeModel, explainModel, modelInputs, type ModelWork } from '../engines/training/index.js';
import { getArtifact, putArtifact, putJsonArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import { parseForeignModel, type CommandModel, type ImportedWeights } from './command-model.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import { measuresIn } from './measure-in-thread.js';
import type { ExportedModel, RetrainActivities, TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';
import { importRefused } from './take-imported.js';
import { namedTrainingFailure } from './training-failure.js';

type Input = Parameters<RetrainActivities['exportModel']>[0];

/**
 * Exports the trained model to ONNX, compares both on the holdout, and stores golden rows, profile and explanation. Cancelled, it stops
 * within a second.
 */
export function createExportActivity(ports: RetrainPorts): Pick<RetrainActivities, 'exportModel'> {
  return {
    exportModel: (input) => withHeartbeat(({ signal }) => exportModel(ports, input, signal), HEAVY_BEAT_MS),
  };
}

async function exportModel(ports: RetrainPorts, input: Input, signal: AbortSignal): Promise<ExportedModel> {
  const { store, registry, limits } = ports;
  const features = ports.features.until(signal);
  const work: ModelWork = { signal, memoryMb: limits.memoryMb };
  const spec = await registry.getSpec(input.model, input.specDigest);
  const weights = await getArtifact(store, input.trained.weights);
  const blocks = await features.loadBlocks({
    spec,
    snapshotPath: await stageArtifact(store, input.snapshot.file),
  });
  if (blocks.holdout.rows === 0) throw noLabels(input.asOf);
  const from: Exporting = { ports, model: input.model, holdout: blocks.holdout, work };
  const exported = await (isForeign(input.trained) ? foreignModel : ownModel)(from, weights);
  const { onnx, inputs, classes, scorer } = exported;
  try {
    const { maxDifference, tolerance, flips, rows } = await exported.parity();
    const { explanation } = exported;
    return {
      onnx: await putArtifact(store, onnx),
      golden: await putJsonArtifact(
        store,
        await makeGolden({ scorer, table: blocks.holdout, seed: spec.trainer.seed }),
      ),
      profile: await putJsonArtifact(store, await measuresIn(work).profile({ spec, table: blocks.train })),
      ...(explanation === null ? {} : { explanation: await putJsonArtifact(store, explanation) }),
      inputs,
      classes,
      parity: { maxDifference, tolerance, flips, rows },
    };
  } finally {
    await scorer.dispose();
  }
}

interface Exporting {
  readonly ports: Pick<RetrainPorts, 'store' | 'limits'>;
  readonly model: string;
  readonly holdout: Table;
  readonly work: ModelWork;
}

/** A model as one ONNX file, and how to compare it with what was trained. */
interface Exportable {
  readonly onnx: Uint8Array;
  readonly inputs: readonly ModelInput[];
  readonly classes: readonly string[] | null;
  readonly scorer: Scorer;
  readonly explanation: Explanation | null;
  parity(): Promise<ExportedModel['parity']>;
}

async function ownModel(
  { ports, holdout, work, ...from }: Exporting,
  weights: Uint8Array,
): Promise<Exportable> {
  const model = deserializeModel(weights);
  const onnx = exportOnnx(model, { 'perennial.model': from.model });
  const inputs = modelInputs(model);
  const { classes } = model;
  const explanation = await explainModel(model, holdout, work);
  const scorer = createWorkerScorer({ onnx, inputs, classes, threads: ports.limits.scoring }, work);
  const parity = () => checkParity({ model, scorer, table: holdout, work });
  return { onnx, inputs, classes, scorer, explanation, parity };
}

const isForeign = ({ program, imported }: TrainedModel): boolean =>
  program !== undefined || imported !== undefined;

/** The file that a program wrote, or that was imported, is the model. How it compares was measured when it was taken. */
async function foreignModel({ ports, holdout, work }: Exporting, weights: Uint8Array): Promise<Exportable> {
  const known = parseForeignModel(weights);
  if (known === undefined) throw new TypeError('weights are not those of a model of another’s making');
  const { inputs, classes } = known;
  const onnx = await getArtifact(ports.store, known.onnx);
  const scorer = createWorkerScorer({ onnx, inputs, classes, threads: ports.limits.scoring }, work);
  const parity = async () => {
    if (!(await allFinite(scorer, holdout))) throw notFinite(known);
    return known.parity;
  };
  return { onnx, inputs, classes, scorer, explanation: null, parity };
}

async function allFinite(scorer: Scorer, holdout: Table): Promise<boolean> {
  const { scores, predictions } = await scorer.score(holdout);
  return (scores ?? predictions).every((score: unknown) => Number.isFinite(Number(score)));
}

function notFinite(model: CommandModel | ImportedWeights): unknown {
  const found = { thing: 'score of a holdout row', value: 'NaN or Infinity', allowed: 'finite scores' };
  if (model.format === 'perennial-imported/1') return importRefused(found);
  return namedTrainingFailure(wrongOutput(model.program.name, found));
}

function noLabels(asOf: string): PerennialError {
  return new PerennialError({
    type: 'not-enough-labels',
    thing: 'holdout',
    value: '0 labelled rows',
    allowed: `labelled rows before ${asOf} minus the label delay`,
    next: 'Wait for labels, or look from a later as-of.',
  });
}
