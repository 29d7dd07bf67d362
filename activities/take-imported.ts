import { CancelledFailure } from '@temporalio/common';
import { canonicalJson } from '../domain/canonical.js';
import { PerennialError, type Refusal } from '../domain/errors.js';
import type { ImportedModel } from '../domain/imported.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { checkProgramModel } from '../engines/inference/index.js';
import { inputsOf } from '../engines/training/command/index.js';
import { fitLabels } from '../engines/training/index.js';
import { getArtifact, putArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import type { ImportedWeights } from './command-model.js';
import type { RetrainActivities, TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';

type Input = Parameters<RetrainActivities['train']>[0] & { readonly imported: ImportedModel };

/**
 * Takes a model that somebody else trained in place of a training: tried on rows of the window as a program's model is, before anything
 * is judged by it. Throws `import-refused` where the file is not what the spec needs; running it again gives the same.
 */
export async function takeImported(
  ports: RetrainPorts,
  input: Input,
  spec: ModelSpec,
  signal: AbortSignal,
): Promise<TrainedModel> {
  const { store, limits } = ports;
  const { imported, snapshot } = input;
  const snapshotPath = await stageArtifact(store, snapshot.file);
  const blocks = await ports.features.until(signal).loadBlocks({ spec, snapshotPath });
  const fit = fitLabels(spec.task, blocks.train.label);
  const classes = classesOf(imported, fit.classes);
  const inputs = inputsOf(spec);
  const onnx = await getArtifact(store, imported.onnx);
  const { pass: _pass, ...measured } = await checkProgramModel({
    source: { onnx, inputs, classes, threads: limits.scoring },
    table: blocks.validation.rows > 0 ? blocks.validation : blocks.train,
    said: null,
    unit: fit.labelScale?.sd ?? 1,
    work: { signal, memoryMb: limits.memoryMb },
  }).catch((error: unknown) => {
    throw signal.aborted ? new CancelledFailure('the import was cancelled') : asRefusal(error);
  });
  const weights: ImportedWeights = {
    ...{ format: 'perennial-imported/1', onnx: imported.onnx, inputs },
    classes: classes === null ? null : [...classes],
    parity: { ...measured, against: 'single-rows' },
  };
  return {
    weights: await putArtifact(store, new TextEncoder().encode(canonicalJson(weights))),
    ...{ kind: 'imported', seed: spec.trainer.seed, epochs: 0, backend: 'onnx', warmFrom: null },
    imported: { sha256: imported.onnx.sha256, trainedTo: imported.trainedTo ?? null },
  };
}

/** The classes in the order of the file's scores. */
function classesOf(
  { classes: told }: ImportedModel,
  found: readonly string[] | null,
): readonly string[] | null {
  if (told === undefined) return found;
  const sorted = (names: readonly string[]): string => JSON.stringify([...names].sort());
  if (found !== null && sorted(told) === sorted(found)) return told;
  throw importRefused({
    thing: 'classes of the imported model',
    value: told.join(', '),
    allowed:
      found === null
        ? 'none, for regression'
        : `each of ${found.join(', ')} once, in the order of the scores`,
  });
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof PerennialError) || error.type === 'out-of-memory') return error;
  if (error.refusal.retryable === true) return error;
  const { thing, value, allowed } = error.refusal;
  return importRefused({ thing: `imported model: ${thing}`, value, allowed }, error);
}

/** The end of an import whose file cannot be a version of this model. */
export function importRefused(
  found: Pick<Refusal, 'thing' | 'value' | 'allowed'>,
  cause?: unknown,
): PerennialError {
  const next = 'Mend what writes the file (docs/import.md says what it must be like) and import it again.';
  return new PerennialError({ ...found, type: 'import-refused', next }, { cause });
}
