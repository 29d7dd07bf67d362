import { z } from 'zod';
import type { Perennial } from '../sdk/perennial.js';
import { runProgress, type StepProgress } from '../sdk/run-progress.js';

const detailsSchema = z.object({
  epoch: z.number().optional(),
  epochs: z.number().optional(),
  loss: z.number().nullish(),
  validationLoss: z.number().nullish(),
  message: z.string().optional(),
});

/** What a run says of itself in a line: `train: epoch 25 of 300, loss 0.31`; undefined when no step is open. */
export function progressLine([open]: readonly StepProgress[]): string | undefined {
  if (open === undefined) return undefined;
  const { epoch, epochs, loss, validationLoss, message } = detailsSchema.safeParse(open.details).data ?? {};
  const parts = [
    ...(epoch === undefined ? [] : [`epoch ${epoch}${epochs === undefined ? '' : ` of ${epochs}`}`]),
    ...number('loss', loss),
    ...number('validation loss', validationLoss),
    ...(message === undefined ? [] : [message]),
    ...(open.attempt > 1 ? [`attempt ${open.attempt}`] : []),
  ];
  return parts.length === 0 ? open.step : `${open.step}: ${parts.join(', ')}`;
}

/** How far the open retrain of a model is; undefined when none is open, or it says nothing. */
export async function openProgress(perennial: Perennial, model: string): Promise<string | undefined> {
  const { openRetrain } = await perennial.state(model);
  return openRetrain === null ? undefined : progressLine(await runProgress(perennial, openRetrain.run));
}

const number = (name: string, value: number | null | undefined): string[] =>
  typeof value === 'number' ? [`${name} ${Number(value.toPrecision(4))}`] : [];
