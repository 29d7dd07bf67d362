import { z } from 'zod';
import { createRandom, type RandomState } from '../../../stats/random.js';
import { packBytes, unpackBytes } from '../byte-container.js';
import type { Slots } from './optimizer.js';
import { createParameters, type Parameters } from './parameters.js';

/** The weights to keep so far. */
export interface Kept {
  readonly epoch: number;
  readonly loss: number;
  /** Null without a validation block. */
  readonly validationLoss: number | null;
  readonly flat: Float32Array;
}

/** Everything that the rest of a training depends on. Epochs and steps count from 1; 0 is before the first. */
export interface FitState {
  epoch: number;
  step: number;
  /** The stream that orders the rows of the next epoch. */
  random: RandomState;
  readonly parameters: Parameters;
  readonly slots: Slots;
  kept: Kept | null;
  /** Epochs since the kept one. */
  stale: number;
}

/** What a training starts with: its shape and seed. */
export interface FitShape {
  readonly widths: readonly number[];
  readonly seed: number;
  /** Digest of data and settings: a checkpoint of another training is not used. */
  readonly fingerprint: string;
}

const headerSchema = z.strictObject({
  format: z.literal('perennial-checkpoint/1'),
  fingerprint: z.string(),
  epoch: z.number().int(),
  step: z.number().int(),
  random: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  stale: z.number().int(),
  kept: z
    .strictObject({ epoch: z.number().int(), loss: z.number(), validationLoss: z.number().nullable() })
    .nullable(),
});

/** The state before the first epoch. The order of the rows has a stream of its own, beside the one that draws weights. */
export function freshState(shape: FitShape, slots: (size: number) => Slots): FitState {
  const parameters = createParameters(shape.widths);
  return {
    epoch: 0,
    step: 0,
    random: createRandom(shape.seed + 2 ** 32).state(),
    parameters,
    slots: slots(parameters.flat.length),
    kept: null,
    stale: 0,
  };
}

/** A checkpoint: the whole state as bytes. */
export function saveState(state: FitState, shape: FitShape): Uint8Array {
  const { epoch, step, random, stale, kept, parameters, slots } = state;
  return packBytes({
    header: {
      format: 'perennial-checkpoint/1',
      fingerprint: shape.fingerprint,
      epoch,
      step,
      random,
      stale,
      kept: kept && { epoch: kept.epoch, loss: kept.loss, validationLoss: kept.validationLoss },
    },
    arrays: {
      flat: parameters.flat,
      first: slots.first,
      second: slots.second,
      ...(kept && { kept: kept.flat }),
    },
  });
}

/**
 * The state that a checkpoint holds, or undefined when it is damaged or belongs to another training: then the training starts over,
 * which costs time and changes no result.
 */
export function restoreState(bytes: Uint8Array, shape: FitShape): FitState | undefined {
  const contents = readCheckpoint(bytes);
  const header = headerSchema.safeParse(contents?.header);
  if (contents === undefined || !header.success || header.data.fingerprint !== shape.fingerprint)
    return undefined;
  const { epoch, step, random, stale, kept } = header.data;
  const { flat, first, second, kept: keptFlat } = contents.arrays;
  const parameters = createParameters(shape.widths);
  if (flat?.length !== parameters.flat.length || first === undefined || second === undefined)
    return undefined;
  parameters.flat.set(flat);
  const best = kept === null || keptFlat === undefined ? null : { ...kept, flat: keptFlat };
  return { epoch, step, random, parameters, slots: { first, second }, kept: best, stale };
}

function readCheckpoint(bytes: Uint8Array): ReturnType<typeof unpackBytes> | undefined {
  try {
    return unpackBytes(bytes, 'checkpoint');
  } catch {
    return undefined;
  }
}
