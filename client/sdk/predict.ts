import type { Manifest } from '../../domain/manifest.js';
import { PerennialError } from '../../domain/errors.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import { inferRows, typedRows, type InputRow, type PredictionAnswer } from './infer.js';
import type { Perennial } from './perennial.js';

export type { PredictionAnswer } from './infer.js';

/** Rows per request: well under serving's limit on a body. */
const BATCH = 1000;

/**
 * Scores rows with a model's champion: by serving when one is known, in batches of 1,000, else in this process with the stored
 * file. Throws `no-champion` for a model that has none, `input-missing` for an input that no row names (null is a missing value).
 */
export async function predictRows(
  perennial: Perennial,
  model: string,
  rows: readonly InputRow[],
): Promise<PredictionAnswer> {
  const { champion } = await perennial.registry.getAliases(model);
  if (champion === null) throw noChampion(model);
  const { manifest } = await perennial.manifest(model, champion.version);
  mustHaveInputs(manifest, rows);
  const { serving, servingToken: token } = perennial.settings;
  if (serving === undefined) return scoreStored(perennial, { manifest, version: champion.version }, rows);
  const parts: PredictionAnswer[] = [];
  for (let i = 0; i < rows.length; i += BATCH) {
    parts.push(await inferRows({ url: serving, token }, model, manifest.inputs, rows.slice(i, i + BATCH)));
  }
  return {
    model,
    version: parts.at(-1)?.version ?? champion.version,
    from: 'serving',
    predictions: parts.flatMap(({ predictions }) => predictions),
    predictionIds: parts.flatMap(({ predictionIds }) => predictionIds),
  };
}

/** A misspelt name would be scored as a missing value, and look like an answer. */
function mustHaveInputs({ inputs }: Manifest, rows: readonly InputRow[]): void {
  if (rows.length === 0) return;
  const given = new Set(rows.flatMap((row) => Object.keys(row)));
  const absent = inputs.find(({ name }) => !given.has(name));
  if (absent === undefined) return;
  const unknown = [...given].filter((name) => !inputs.some((input) => input.name === name));
  throw new PerennialError({
    type: 'input-missing',
    thing: `input '${absent.name}'`,
    value: 'in no row',
    allowed: `a column for each of ${inputs.map(({ name }) => name).join(', ')}`,
    next:
      unknown.length === 0
        ? 'Add it; null is a missing value.'
        : `Is it one of ${unknown.join(', ')}? Rename it, or add it; null is a missing value.`,
  });
}

async function scoreStored(
  perennial: Perennial,
  { manifest, version }: { manifest: Manifest; version: number },
  rows: readonly InputRow[],
): Promise<PredictionAnswer> {
  // Loaded here: only this path needs ONNX Runtime in the client.
  const { createScorer } = await import('../../engines/inference/scorer.js');
  const onnx = await getArtifact(perennial.store, manifest.onnx);
  const scorer = await createScorer({ onnx, inputs: manifest.inputs, classes: manifest.classes });
  try {
    const { predictions } = await scorer.score(typedRows(manifest.inputs, rows));
    return { model: manifest.model, version, from: 'store', predictions, predictionIds: [] };
  } finally {
    await scorer.dispose();
  }
}

function noChampion(model: string): PerennialError {
  return new PerennialError({
    type: 'no-champion',
    thing: 'model',
    value: model,
    allowed: 'a model with a champion',
    next: 'See `perennial status` for what its first version waits for.',
  });
}
