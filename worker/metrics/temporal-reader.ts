import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { millis } from '../../domain/duration.js';
import { MESSAGE } from '../../domain/messages.js';
import { computeQueue, WORKFLOW } from '../../domain/names.js';
import { epoch } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';

/** A candidate that waits for a person. */
export interface WaitingApproval {
  readonly model: string;
  /** Epoch milliseconds at which nobody is asked any more; undefined while its rollout does not answer. */
  readonly deadline: number | undefined;
}

/** Tasks that no worker has taken yet. */
export interface Backlog {
  readonly taskQueue: string;
  readonly kind: 'workflow' | 'activity';
  /** As Temporal estimates them. */
  readonly tasks: number;
  /** Age of the oldest. @format seconds */
  readonly age: number;
}

/** What only Temporal knows. */
export interface TemporalView {
  readonly approvals: readonly WaitingApproval[];
  readonly backlogs: readonly Backlog[];
}

/** Reads the namespace of a worker. */
export interface TemporalReader {
  /** Throws what the client throws when the server is away. */
  read(): Promise<TemporalView>;
}

/** Looks at a task queue and the rollouts on it. A rollout is asked once how long it waits: that does not change. */
export function createTemporalReader(client: Client, taskQueue: string): TemporalReader {
  const deadlines = new Map<string, number>();
  return {
    read: async () => {
      const waiting = await waitingRollouts(client, taskQueue);
      for (const known of deadlines.keys())
        if (!waiting.some(({ runId }) => runId === known)) deadlines.delete(known);
      for (const { workflowId, runId } of waiting) {
        const deadline = deadlines.get(runId) ?? (await deadlineOf(client, workflowId));
        if (deadline !== undefined) deadlines.set(runId, deadline);
      }
      return {
        approvals: waiting.map(({ model, runId }) => ({ model, deadline: deadlines.get(runId) })),
        backlogs: await backlogs(client, taskQueue),
      };
    },
  };
}

interface WaitingRollout {
  readonly model: string;
  readonly workflowId: string;
  readonly runId: string;
}

async function waitingRollouts(client: Client, taskQueue: string): Promise<WaitingRollout[]> {
  const query = `WorkflowType = '${WORKFLOW.rollout}' AND MlWaitingFor = 'person' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  const found: WaitingRollout[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const [, model] = workflowId.split('/'); // rollout/<model>/<version>
    if (model !== undefined) found.push({ model, workflowId, runId });
  }
  return found;
}

const evidenceSchema = z.object({ deadline: z.string().nullable() });

/** Undefined when it does not answer, e.g. because it ended just now: the next look asks again. */
async function deadlineOf(client: Client, workflowId: string): Promise<number | undefined> {
  try {
    const answer: unknown = await client.workflow.getHandle(workflowId).query(MESSAGE.evidence);
    const { deadline } = evidenceSchema.parse(answer);
    return deadline === null ? undefined : epoch(deadline);
  } catch {
    return undefined;
  }
}

/** When somebody was first asked, by the spec's time to decide. @format epoch milliseconds */
export function askedAt({ deadline }: WaitingApproval, spec: ModelSpec | null): number | undefined {
  const within = spec?.rollout.approval?.expiresAfter;
  return deadline === undefined || within === undefined ? undefined : deadline - millis(within);
}

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

async function backlogs(client: Client, taskQueue: string): Promise<Backlog[]> {
  const compute = computeQueue(taskQueue);
  return Promise.all([
    backlog(client, { taskQueue, kind: 'workflow' }),
    backlog(client, { taskQueue, kind: 'activity' }),
    backlog(client, { taskQueue: compute, kind: 'activity' }),
  ]);
}

async function backlog(
  { workflowService, options: { namespace } }: Client,
  { taskQueue, kind }: Pick<Backlog, 'taskQueue' | 'kind'>,
): Promise<Backlog> {
  const { stats } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: kind === 'workflow' ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
    reportStats: true,
  });
  const age = stats?.approximateBacklogAge;
  const seconds = Number(age?.seconds ?? 0) + Number(age?.nanos ?? 0) / 1e9;
  return { taskQueue, kind, tasks: Number(stats?.approximateBacklogCount ?? 0), age: seconds };
}
