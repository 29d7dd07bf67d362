import { z } from 'zod';
import { clip } from '../../domain/bounds.js';
import type { TrainingProgress } from './define.js';
import { textOf } from './errors.js';

/** Of what a trainer says in words. @format characters */
const MOST_MESSAGE = 200;
/** Between two pieces of news: a loop that tells all the time must not keep the worker busy listening. @format milliseconds */
const APART_MS = 200;

/** A loss that is no number any more is nothing to show; the training goes on. */
const number = z
  .custom<number>((value) => typeof value === 'number', { message: 'expected a number' })
  .transform((value) => (Number.isFinite(value) ? value : undefined))
  .optional();
const progressSchema = z.object({
  ...{ epoch: number, epochs: number, loss: number, validationLoss: number },
  message: z
    .string()
    .transform((text) => clip(text, MOST_MESSAGE))
    .optional(),
});
const newsSchema = z.object({ progress: progressSchema });

/** What the worker may show. */
export type ShownProgress = z.output<typeof progressSchema>;

/** What the thread of a plug-in said of its training; undefined for anything else. */
export const progressIn = (said: unknown): ShownProgress | undefined =>
  newsSchema.safeParse(said).data?.progress;

/** How a trainer tells of its progress. */
export interface ProgressTeller {
  /** Throws a TypeError for what is no progress: it is the plug-in's own error. */
  progress(news: TrainingProgress): void;
  /** Tells what waits. */
  flush(): void;
}

/** Tells at once when nothing was told for a while, else the newest of what waits, later. */
export function tellProgress(say: (said: unknown) => void): ProgressTeller {
  let waiting: ShownProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  let toldAt = -Infinity;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === undefined) return;
    say({ progress: waiting });
    [waiting, toldAt] = [undefined, performance.now()];
  };
  return {
    flush,
    progress(news) {
      const parsed = progressSchema.safeParse(news);
      if (!parsed.success) throw new TypeError(`progress: ${textOf(parsed.error)}`);
      waiting = parsed.data;
      const left = toldAt + APART_MS - performance.now();
      if (left <= 0) flush();
      else timer ??= setTimeout(flush, left).unref();
    },
  };
}
