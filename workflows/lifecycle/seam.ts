import { workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import {
  lifecycleInputSchema,
  lifecycleStateSchema,
  type LifecycleInput,
  type LifecycleState,
} from '../../domain/lifecycle-state.js';
import { describeIssues, parseStart } from '../parse-input.js';

/** What a run of the lifecycle begins with. */
export type LifecycleStart = z.output<typeof lifecycleInputSchema>;

/**
 * Reads the start argument. A person's unusable one fails the run with the reason. What a run before handed over must not be lost: when
 * this code cannot read it (it was written by a newer one), the task fails and is tried again until a worker can.
 */
export function readStart(input: unknown): LifecycleStart {
  const handedOver = workflowInfo().continuedFromExecutionRunId !== undefined;
  if (!handedOver) return parseStart('lifecycle', lifecycleInputSchema, input, '{"model":"bike-demand"}');
  const parsed = lifecycleInputSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the state of the run before cannot be read: ${describeIssues(parsed.error)}. Start a worker of the version that wrote it, or newer`,
  );
}

/** What the next run begins with. Checked: a state that the next run could not read is a fault of this code and stops here, visibly. */
export function carryOver(start: LifecycleStart, state: LifecycleState): LifecycleInput {
  const { model, historyLimit, lookEveryMs } = start;
  const checked = lifecycleStateSchema.safeParse(state);
  if (checked.success) return { model, historyLimit, lookEveryMs, state: checked.data };
  throw new Error(`the state cannot be handed over: ${describeIssues(checked.error)}`);
}
