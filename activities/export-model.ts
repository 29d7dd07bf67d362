import { PerennialError } from '../domain/errors.js';
import { checkParity } from '../engines/inference/parity.js';
import { exportOnnx } from '../engines/inference/export-onnx.js';
import { createWorkerScorer, makeGolden } from '../engines/inference/index.js';
import { deserializeModel, explainModel, modelInputs } from '../engines/training/index.js';
import { getArtifact, putArtifact, putJsonArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import { measuresIn } from './measure-in-thread.js';
import type { ExportedModel, RetrainActivities } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';

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

async function exportModel(
  { store, registry, limits, ...ports }: RetrainPorts,
  input: Input,
  signal: AbortSignal,
): Promise<ExportedModel> {
  const features = ports.features.until(signal);
  const work = { signal, memoryMb: limits.memoryMb };
  const spec = await registry.getSpec(input.model, input.specDigest);
  const model = deserializeModel(await getArtifact(store, input.trained.weights));
  const blocks = await features.loadBlocks({
    spec,
    snapshotPath: await stageArtifact(store, input.snapshot.file),
  });
  if (blocks.holdout.rows === 0) throw noLabels(input.asOf);
  const onnx = exportOnnx(model, { 'perennial.model': input.model });
  const inputs = modelInputs(model);
  const explanation = await explainModel(model, blocks.holdout, work);
  const scorer = createWorkerScorer({ onnx, inputs, classes: model.classes, threads: limits.scoring }, work);
  try {
    const { maxDifference, tolerance, flips, rows } = await checkParity({
      model,
      scorer,
      table: blocks.holdout,
      work,
    });
    return {
      onnx: await putArtifact(store, onnx),
      golden: await putJsonArtifact(
        store,
        await makeGolden({ scorer, table: blocks.holdout, seed: spec.trainer.seed }),
      ),
      profile: await putJsonArtifact(store, await measuresIn(work).profile({ spec, table: blocks.train })),
      ...(explanation === null ? {} : { explanation: await putJsonArtifact(store, explanation) }),
      inputs,
      classes: model.classes,
      parity: { maxDifference, tolerance, flips, rows },
    };
  } finally {
    await scorer.dispose();
  }
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
