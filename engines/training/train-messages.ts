import type { MessagePort } from 'node:worker_threads';
import { z } from 'zod';
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
  | { readonly do: 'predict' | 'explain'; readonly model: FittedModel; readonly table: Table };

/** What it says while it trains. */
export type ThreadNews =
  | { readonly kind: 'progress'; readonly progress: TrainProgress }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array; readonly epoch: number };

const newsSchema: z.ZodType<ThreadNews> = z.custom<ThreadNews>(
  (value) => typeof value === 'object' && value !== null && 'kind' in value,
);

/** Reads a message of the training thread. */
export const parseNews = (message: unknown): ThreadNews => newsSchema.parse(message);
