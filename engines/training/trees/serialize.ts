import { z } from 'zod';
import { canonicalJson } from '../../../domain/canonical.js';
import { PerennialError } from '../../../domain/errors.js';
import type { TreesCheckpoint } from './boost.js';
import type { Tree, TreesModel } from './model.js';
import { OBJECTIVES, resolveParameters } from './parameters.js';

/** A number that may be infinite: JSON has no word for that, so it is written as text. */
const wideNumber = z.union([
  z.number(),
  z.literal('Infinity').transform(() => Infinity),
  z.literal('-Infinity').transform(() => -Infinity),
]);

const index = z.number().int().min(0);
const bit = z.union([z.literal(0), z.literal(1)]);

const treeSchema = z
  .strictObject({
    input: z.array(z.number().int().min(-1)).min(1),
    threshold: z.array(wideNumber),
    categories: z.record(z.string(), z.array(index)),
    missingLeft: z.array(bit),
    left: z.array(index),
    right: z.array(index),
    value: z.array(z.number()),
    rows: z.array(index),
    gain: z.array(z.number()),
  })
  .refine(isTree, 'arrays of one length, each inner node before its two children');

/** Children come after their parent, so walking down ends. */
function isTree({ categories: _, ...columns }: Tree): boolean {
  const nodes = columns.input.length;
  const follows = (node: number, child: number | undefined): boolean =>
    (child ?? 0) > node && (child ?? nodes) < nodes;
  return (
    Object.values(columns).every((column) => column.length === nodes) &&
    columns.input.every(
      (input, i) => input < 0 || (follows(i, columns.left[i]) && follows(i, columns.right[i])),
    )
  );
}

const inputSchema = z.discriminatedUnion('type', [
  z.strictObject({ name: z.string(), type: z.literal('number') }),
  z.strictObject({ name: z.string(), type: z.literal('category'), levels: z.array(z.string()) }),
]);

const parametersSchema = z
  .looseObject({ objective: z.enum(OBJECTIVES) })
  .transform((parameters) => resolveParameters(parameters));

const modelSchema = z
  .strictObject({
    format: z.literal('perennial-trees/1'),
    parameters: parametersSchema,
    inputs: z.array(inputSchema),
    outputs: z.number().int().min(1),
    base: z.array(z.number()).min(1),
    trees: z.array(treeSchema),
  })
  .refine(({ base, outputs }) => base.length === outputs, 'one base per output')
  .refine(({ trees, outputs }) => trees.length % outputs === 0, 'as many trees in each round as outputs')
  .refine(
    ({ trees, inputs }) => trees.every((tree) => tree.input.every((i) => i < inputs.length)),
    'splits on known inputs',
  );

const checkpointSchema = z.strictObject({
  format: z.literal('perennial-trees-checkpoint/1'),
  parameters: parametersSchema,
  base: z.array(z.number()).min(1),
  trees: z.array(treeSchema),
  inherited: index,
  round: index,
  best: z.strictObject({ round: index, loss: z.number() }).nullable(),
  end: z.enum(['all-rounds', 'stopped-early', 'nothing-to-split']).nullable(),
});

/** Canonical bytes: equal models, equal bytes. */
export function serializeTrees(model: TreesModel): Uint8Array {
  return write(model);
}

/** Reads the bytes of {@link serializeTrees}; throws `trees-unreadable` for anything else. */
export function deserializeTrees(bytes: Uint8Array): TreesModel {
  return read(bytes, modelSchema, 'trees model');
}

/** Canonical bytes of a checkpoint. */
export function serializeCheckpoint(checkpoint: TreesCheckpoint): Uint8Array {
  return write(checkpoint);
}

/** Reads the bytes of {@link serializeCheckpoint}; throws `trees-unreadable` for anything else. */
export function deserializeCheckpoint(bytes: Uint8Array): TreesCheckpoint {
  return read(bytes, checkpointSchema, 'trees checkpoint');
}

function write(value: { readonly trees: readonly Tree[] }): Uint8Array {
  const trees = value.trees.map((tree) => ({
    ...tree,
    threshold: tree.threshold.map((t) => (Number.isFinite(t) ? t : String(t))),
  }));
  return new TextEncoder().encode(canonicalJson({ ...value, trees }));
}

function read<T>(bytes: Uint8Array, schema: z.ZodType<T>, thing: string): T {
  const found = schema.safeParse(parseJson(bytes));
  if (found.success) return found.data;
  const issue = found.error.issues[0];
  throw new PerennialError({
    type: 'trees-unreadable',
    thing: `${thing}, at ${issue?.path.join('.') ?? 'its start'}`,
    value: issue?.message,
    allowed: 'what this release wrote',
    next: 'Restore the artifact or train the version again.',
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
