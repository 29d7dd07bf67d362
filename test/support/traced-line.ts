import { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { lifecycleId } from '../../domain/names.js';
import { readTrace, TRACE_HEADER, writeTrace, type TraceContext } from '../../domain/trace.js';
import type { ScriptedModel } from './scripted-line.js';

/** A trace that is told from others by one letter, of `a` to `f`. */
export const traceNamed = (letter: string): TraceContext => ({
  ...{ traceId: letter.repeat(32), spanId: 'b'.repeat(16), sampled: true },
});

/** Sends an update as a client does that traces. */
export function updateIn(
  trace: TraceContext,
  line: ScriptedModel,
  name: string,
  argument: unknown,
): Promise<unknown> {
  const header = { [TRACE_HEADER]: defaultPayloadConverter.toPayload(writeTrace(trace)) };
  const client = new Client({
    ...line.client.options,
    connection: line.client.connection,
    interceptors: { workflow: [{ startUpdate: (input, next) => next({ ...input, headers: header }) }] },
  });
  return client.workflow.getHandle(lifecycleId(line.model)).executeUpdate(name, { args: [argument] });
}

/** The trace that a workflow was started in. */
export async function startedIn(line: ScriptedModel, workflowId: string): Promise<TraceContext | undefined> {
  const { events } = await line.client.workflow.getHandle(workflowId).fetchHistory();
  const header = events?.[0]?.workflowExecutionStartedEventAttributes?.header?.fields?.[TRACE_HEADER];
  return header ? readTrace(defaultPayloadConverter.fromPayload(header)) : undefined;
}
