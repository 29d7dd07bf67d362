import type { MessagePort } from 'node:worker_threads';
import { z } from 'zod';
import { PerennialError, type Refusal } from '../../domain/errors.js';
import type { Table } from '../features/table.js';
import type { FittedModel } from './fitted-model.js';
import type { TrainJob, TrainProgress } from './trainer.js';

/** What the training thread is asked. */
export type ThreadTask =
  | {
      readonly do: 'train';
      readonly job: TrainJob;
      readonly port: MessagePort;
      readonly checkpointEveryMs: number;
      readonly holdAtEpoch: number | null;
    }
  | { readonly do: 'predict'; readonly model: FittedModel; readonly table: Table };

/** What it answers: errors that a person can act on travel as data, since a thread boundary drops their fields. */
export type ThreadAnswer<T> = { readonly value: T } | { readonly refusal: Refusal };

/** What it says while it trains. */
export type ThreadNews =
  | { readonly kind: 'progress'; readonly progress: TrainProgress }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array; readonly epoch: number };

const newsSchema: z.ZodType<ThreadNews> = z.custom<ThreadNews>(
  (value) => typeof value === 'object' && value !== null && 'kind' in value,
);

/** Reads a message of the training thread. */
export const parseNews = (message: unknown): ThreadNews => newsSchema.parse(message);

/** Unpacks an answer; a refusal becomes a PerennialError again. */
export function openAnswer<T>(answer: ThreadAnswer<T>): T {
  if ('refusal' in answer) throw new PerennialError(answer.refusal);
  return answer.value;
}

/** Runs `work` and packs its result or its refusal; other errors pass through. */
export async function packAnswer<T>(work: () => Promise<T>): Promise<ThreadAnswer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof PerennialError) return { refusal: error.refusal };
    throw error;
  }
}
