import { z } from 'zod';
import { refuseNewer } from '../../domain/formats.js';
import { packBytes, unpackBytes } from './byte-container.js';
import type { DenseLayer, FittedModel } from './fitted-model.js';
import { deserializeForest, forestSchema, serializeForest } from './trees/weights.js';

const preparationSchema = z.discriminatedUnion('type', [
  z.strictObject({
    name: z.string(),
    type: z.literal('number'),
    impute: z.number(),
    mean: z.number(),
    scale: z.number(),
  }),
  z.strictObject({ name: z.string(), type: z.literal('category'), levels: z.array(z.string()) }),
]);

const headerSchema = z.strictObject({
  format: z.literal('perennial-weights/1'),
  kind: z.enum(['linear', 'logistic', 'softmax', 'mlp']),
  preprocessing: z.strictObject({ inputs: z.array(preparationSchema), width: z.number().int() }),
  task: z.enum(['regression', 'binary', 'multiclass']),
  classes: z.array(z.string()).nullable(),
  labelScale: z.strictObject({ mean: z.number(), sd: z.number() }).nullable(),
  epochs: z.number().int(),
  keptEpoch: z.number().int(),
  loss: z.number().nullable(),
  validationLoss: z.number().nullable(),
  warm: z.boolean(),
  backend: z.string(),
  shapes: z.array(z.tuple([z.number().int(), z.number().int()])),
});

/** The `weights` artifact of a version: equal models give equal bytes. */
export function serializeModel(model: FittedModel): Uint8Array {
  if (model.kind === 'trees') return serializeForest(model);
  const { layers, ...rest } = model;
  const header = {
    ...rest,
    format: 'perennial-weights/1',
    shapes: layers.map((layer) => [layer.in, layer.out]),
  };
  return packBytes({ header, arrays: layerArrays(layers) });
}

/** Reads the `weights` artifact. Throws a PerennialError `artifact-corrupt` when the bytes are not whole, `format-newer` when a newer program wrote them. */
export function deserializeModel(bytes: Uint8Array): FittedModel {
  const { header, arrays } = unpackBytes(bytes, 'weights artifact');
  refuseNewer('weights artifact', header);
  const forest = forestSchema.safeParse(header);
  if (forest.success) return deserializeForest(forest.data);
  const { format: _format, shapes, ...model } = headerSchema.parse(header);
  const layers = shapes.map(([inputs, outputs], i) => ({
    in: inputs,
    out: outputs,
    weights: arrays[`${i}.weights`] ?? new Float32Array(),
    bias: arrays[`${i}.bias`] ?? new Float32Array(),
  }));
  return { ...model, layers };
}

function layerArrays(layers: readonly DenseLayer[]): Record<string, Float32Array> {
  return Object.fromEntries(
    layers.flatMap((layer, i) => [
      [`${i}.weights`, layer.weights],
      [`${i}.bias`, layer.bias],
    ]),
  );
}
