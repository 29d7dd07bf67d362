import { temporal } from '@temporalio/proto';
import { readPayloads } from '../../client/sdk/read-payloads.js';
import { lifecycleInputSchema, type LifecycleState } from '../../domain/lifecycle-state.js';
import { lifecycleId } from '../../domain/names.js';
import type { ScriptedModel } from './scripted-line.js';

/** One run of a lifecycle. */
export interface LifecycleRun {
  readonly runId: string;
  readonly events: number;
  /** Size of its history as the server counts it. */
  readonly bytes: number;
}

/** The runs of a model's lifecycle that the server lists, oldest first. A run is listed a moment after it began. */
export async function runsOf({ client, model }: ScriptedModel): Promise<LifecycleRun[]> {
  const runs: (LifecycleRun & { since: number })[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${lifecycleId(model)}'` })) {
    const { runId, historyLength, historySize = 0, startTime } = run;
    runs.push({ runId, events: historyLength, bytes: historySize, since: startTime.getTime() });
  }
  return runs.sort((a, b) => a.since - b.since);
}

/** What each run was handed by the one before it. */
export async function carriedStates(line: ScriptedModel): Promise<LifecycleState[]> {
  const states: LifecycleState[] = [];
  for (const { runId } of await runsOf(line)) {
    const state = lifecycleInputSchema.parse(await startArgument(line, runId)).state;
    if (state !== undefined) states.push(state);
  }
  return states;
}

async function startArgument(line: ScriptedModel, runId: string): Promise<unknown> {
  const { history } = await line.client.workflowService.getWorkflowExecutionHistory({
    namespace: line.client.options.namespace,
    execution: { workflowId: lifecycleId(line.model), runId },
    maximumPageSize: 1,
    historyEventFilterType: temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT,
  });
  const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return input === undefined || input === null ? undefined : (await readPayloads(line.client, [input]))[0];
}
