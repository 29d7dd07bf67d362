import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';
import { MESSAGE } from '../domain/messages.js';
import { lifecycleId, notifyId, WORKFLOW } from '../domain/names.js';
import { eventId, type NotifyInput } from '../domain/notification.js';

/** What activities need of Temporal itself. */
export interface TemporalDoor {
  /** Sends an update and gives its answer. A refusal is a non-retryable failure with the validator's words. */
  update(workflowId: string, name: string, updateId: string, argument: unknown): Promise<unknown>;
  /** Signals the lifecycle of a model; one that is gone is not told. */
  tell(model: string, signal: string, message: unknown): Promise<void>;
  state(model: string): Promise<unknown>;
  running(workflowId: string): Promise<boolean>;
  /** What a rollout that is open says of itself; undefined when that run is closed or gone. */
  evidenceOf(rollout: string, runId: string): Promise<unknown>;
  /** Starts the workflow that tells people; one that was started for the same event is enough. Gives up after a few seconds. */
  startNotify(input: NotifyInput): Promise<void>;
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
    evidenceOf: (rollout, runId) => evidenceOf(client, rollout, runId),
    startNotify: (input) => startNotify(client, taskQueue, input),
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

async function running(client: Client, workflowId: string, runId?: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId, runId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function evidenceOf(client: Client, rollout: string, runId: string): Promise<unknown> {
  if (!(await running(client, rollout, runId))) return undefined;
  return client.workflow.getHandle(rollout, runId).query(MESSAGE.evidence);
}

const modelKey = defineSearchAttributeKey('MlModel', SearchAttributeType.KEYWORD);
/** @format milliseconds */
const START_MS = 3000;

async function startNotify(client: Client, taskQueue: string, input: NotifyInput): Promise<void> {
  const { about } = input;
  const model = about.kind === 'test' ? 'test' : about.model;
  const event = about.kind === 'line' ? about.event : 'approval-waiting';
  try {
    await client.withDeadline(Date.now() + START_MS, () =>
      client.workflow.start(WORKFLOW.notify, {
        taskQueue,
        workflowId: notifyId(eventId(about, event)),
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: new TypedSearchAttributes([{ key: modelKey, value: model }]),
        memo: { event },
        staticSummary: `${model}: tell people of ${event}`,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
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
