import { WorkflowNotFoundError } from '@temporalio/client';
import type { Perennial } from './perennial.js';
import { readPayloads } from './read-payloads.js';

/** One step of a run that is being worked on. */
export interface StepProgress {
  /** Name of the activity, e.g. `train`. */
  readonly step: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** What it last said of itself, e.g. `{"phase": "train", "epoch": 25, …}`; null when it has said nothing. */
  readonly details: unknown;
}

/**
 * What the open steps of a run last said in their heartbeats: what the Web UI shows as pending activities. Empty for a run that has
 * ended or is not known.
 */
export async function runProgress(perennial: Perennial, run: string): Promise<StepProgress[]> {
  const { client } = await perennial.temporal();
  const described = await client.workflow
    .getHandle(run)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
  const pending = described?.raw.pendingActivities ?? [];
  return Promise.all(
    pending.map(async ({ activityType, attempt, heartbeatDetails }) => {
      const [details = null] = await readPayloads(client, heartbeatDetails?.payloads ?? []);
      return { step: activityType?.name ?? '', attempt: attempt ?? 1, details };
    }),
  );
}
