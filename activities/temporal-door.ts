import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MESSAGE } from '../domain/messages.js';
import { lifecycleId } from '../domain/names.js';

/** What activities need of Temporal itself. */
export interface TemporalDoor {
  /** Sends an update and gives its answer. A refusal is a non-retryable failure with the validator's words. */
  update(workflowId: string, name: string, updateId: string, argument: unknown): Promise<unknown>;
  /** Signals the lifecycle of a model; one that is gone is not told. */
  tell(model: string, signal: string, message: unknown): Promise<void>;
  state(model: string): Promise<unknown>;
  running(workflowId: string): Promise<boolean>;
  /** Makes the schedule be as described; a repeat changes nothing. */
  putSchedule(schedule: IntervalSchedule): Promise<void>;
  deleteSchedule(scheduleId: string): Promise<void>;
}

/** A schedule whose slots are `offset + n · every` since 1970. */
export interface IntervalSchedule {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly argument: unknown;
  readonly everyMs: number;
  readonly offsetMs: number;
  /** True under the stepped clock: the driver backfills the slots. */
  readonly paused: boolean;
  readonly note: string;
}

/** Temporal behind a client. */
export function createTemporalDoor(client: Client, taskQueue: string): TemporalDoor {
  return {
    update: (workflowId, name, updateId, argument) =>
      update(client, { workflowId, name, updateId, argument }),
    tell: async (model, signal, message) => {
      try {
        await client.workflow.getHandle(lifecycleId(model)).signal(signal, message);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    state: (model) => client.workflow.getHandle(lifecycleId(model)).query(MESSAGE.state),
    running: (workflowId) => running(client, workflowId),
    putSchedule: (schedule) => putSchedule(client, taskQueue, schedule),
    deleteSchedule: async (scheduleId) => {
      try {
        await client.schedule.getHandle(scheduleId).delete();
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
    },
  };
}

interface UpdateCall {
  readonly workflowId: string;
  readonly name: string;
  readonly updateId: string;
  readonly argument: unknown;
}

async function update(
  client: Client,
  { workflowId, name, updateId, argument }: UpdateCall,
): Promise<unknown> {
  try {
    return await client.workflow
      .getHandle(workflowId)
      .executeUpdate<unknown, [unknown]>(name, { args: [argument], updateId });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      // Asked again under this id, it would fail again in the same way.
      const { cause, message } = error;
      const type = cause instanceof ApplicationFailure ? cause.type : undefined;
      throw ApplicationFailure.nonRetryable(cause?.message ?? message, type ?? 'update-refused');
    }
    if (error instanceof WorkflowNotFoundError) {
      throw ApplicationFailure.nonRetryable(`${workflowId} is not running`, 'not-running');
    }
    throw error;
  }
}

async function running(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

const CATCH_UP = '1 hour';

async function putSchedule(client: Client, taskQueue: string, schedule: IntervalSchedule): Promise<void> {
  const options: ScheduleOptions = {
    scheduleId: schedule.scheduleId,
    spec: { intervals: [{ every: schedule.everyMs, offset: schedule.offsetMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: schedule.workflowType,
      workflowId: schedule.workflowId,
      args: [schedule.argument],
      taskQueue,
      workflowExecutionTimeout: '1 day',
      staticSummary: schedule.note,
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: CATCH_UP },
    state: { paused: schedule.paused, note: schedule.note },
  };
  const handle = client.schedule.getHandle(schedule.scheduleId);
  try {
    await handle.update((before) => ({
      spec: options.spec,
      action: { ...options.action, workflowId: schedule.workflowId },
      ...(options.policies === undefined ? {} : { policies: options.policies }),
      // A person may have paused it by hand: that stays.
      state: { paused: schedule.paused || before.state.paused, note: schedule.note },
    }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create(options);
  }
}
