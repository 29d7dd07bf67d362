import { z } from 'zod';
import { packBytes } from '../byte-container.js';
import type { TreesFitted } from '../fitted-model.js';
import { deserializeTrees, serializeTrees } from './serialize.js';

/** Header of the `weights` artifact of boosted trees; the trees themselves are canonical text in it. */
export const forestSchema = z.strictObject({
  format: z.literal('perennial-weights/1'),
  kind: z.literal('trees'),
  task: z.enum(['regression', 'binary', 'multiclass']),
  classes: z.array(z.string()).nullable(),
  labelScale: z.null(),
  epochs: z.number().int(),
  keptEpoch: z.number().int(),
  loss: z.number().nullable(),
  validationLoss: z.number().nullable(),
  warm: z.boolean(),
  backend: z.string(),
  trees: z.string(),
});

/** The `weights` artifact of boosted trees: equal models give equal bytes. */
export function serializeForest({ trees, notices: _notices, ...rest }: TreesFitted): Uint8Array {
  const header: z.infer<typeof forestSchema> = {
    ...rest,
    classes: rest.classes === null ? null : [...rest.classes],
    labelScale: null,
    format: 'perennial-weights/1',
    trees: new TextDecoder().decode(serializeTrees(trees)),
  };
  return packBytes({ header, arrays: {} });
}

/** The model of a parsed header. Throws a PerennialError `trees-unreadable` when its trees are not whole. */
export function deserializeForest({
  format: _format,
  trees,
  ...rest
}: z.infer<typeof forestSchema>): TreesFitted {
  return { ...rest, trees: deserializeTrees(new TextEncoder().encode(trees)), notices: [] };
}
