import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import {
  ContinueAsNew,
  proxySinks,
  workflowInfo,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { WORKFLOW } from '../domain/names.js';
import { readTrace, spanIdOf, TRACE_HEADER, writeTrace, type TraceContext } from '../domain/trace.js';
import { currentTrace, inTrace } from './trace.js';
import type { TraceSinks, WorkflowSpan } from './trace-sinks.js';

/*
 * Traces through workflows. Temporal's own OpenTelemetry interceptors wait for promises of their own and set flags in the history, so that
 * a run which began without them may not replay with them. These add no promise and no command: a history replays with and without, under
 * workers that trace and workers that do not. What a run did is told by a sink when it is done; a worker that does not trace drops it.
 */

const { traces } = proxySinks<TraceSinks>();

/** Tells of a span once `work` is done, without being in its way. */
function span<T>(
  told: Omit<WorkflowSpan, 'startedAt' | 'endedAt' | 'failed'>,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  const running = work();
  const end = (failed: boolean): void => traces.ended({ ...told, startedAt, endedAt: Date.now(), failed });
  running.then(
    () => end(false),
    (error: unknown) => end(!(error instanceof ContinueAsNew)),
  );
  return running;
}

/** The trace that a message came with. */
function traceIn(headers: Headers): TraceContext | undefined {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return undefined;
  try {
    return readTrace(defaultPayloadConverter.fromPayload(payload));
  } catch {
    return undefined; // who sends what nobody can read is not traced
  }
}

/** The headers of what is sent, with the trace that it belongs to. */
function withTrace<T extends { readonly headers: Headers }>(input: T): T {
  const trace = currentTrace();
  if (trace === undefined) return input;
  const payload = defaultPayloadConverter.toPayload(writeTrace(trace));
  return { ...input, headers: { ...input.headers, [TRACE_HEADER]: payload } };
}

class Inbound implements WorkflowInboundCallsInterceptor {
  private messages = 0;

  readonly execute: NonNullable<WorkflowInboundCallsInterceptor['execute']> = (input, next) => {
    const { workflowType, runId } = workflowInfo();
    // It lives for years: what it does belongs to the traces of those who ask for it.
    if (workflowType === WORKFLOW.lifecycle) return inTrace(undefined, () => next(input));
    const parent = traceIn(input.headers);
    const spanId = spanIdOf(runId);
    const own = parent && { ...parent, spanId };
    return span({ name: `RunWorkflow:${workflowType}`, parent, spanId }, () =>
      inTrace(own, () => next(input)),
    );
  };

  readonly handleUpdate: NonNullable<WorkflowInboundCallsInterceptor['handleUpdate']> = (input, next) =>
    this.message(`HandleUpdate:${input.name}`, input.headers, () => next(input));

  readonly handleSignal: NonNullable<WorkflowInboundCallsInterceptor['handleSignal']> = (input, next) =>
    this.message(`HandleSignal:${input.signalName}`, input.headers, () => next(input));

  /** A message is part of its sender's trace; without one of none, whatever the run is part of. */
  private message<T>(name: string, headers: Headers, handle: () => Promise<T>): Promise<T> {
    const parent = traceIn(headers);
    if (parent === undefined) return inTrace(undefined, handle);
    this.messages += 1;
    const spanId = spanIdOf(`${workflowInfo().runId}/${this.messages}`);
    return span({ name, parent, spanId }, () => inTrace({ ...parent, spanId }, handle));
  }
}

const outbound: WorkflowOutboundCallsInterceptor = {
  scheduleActivity: (input, next) => next(withTrace(input)),
  startChildWorkflowExecution: (input, next) => next(withTrace(input)),
  signalWorkflow: (input, next) => next(withTrace(input)),
};

/** What Temporal loads into every workflow. */
export const interceptors = (): WorkflowInterceptors => ({ inbound: [new Inbound()], outbound: [outbound] });
