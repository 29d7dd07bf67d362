import { context, propagation, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { modelOfWorkflow } from '../domain/names.js';
import { TRACE_HEADER } from '../domain/trace.js';
import { ATTRIBUTE, errorType, known } from './attributes.js';

/** Attributes of whatever a workflow id names. */
export function workflowAttributes(workflowId: string): Attributes {
  const isRun = !workflowId.startsWith('model/');
  return known({
    [ATTRIBUTE.workflowId]: workflowId,
    [ATTRIBUTE.model]: modelOfWorkflow(workflowId),
    [ATTRIBUTE.run]: isRun && modelOfWorkflow(workflowId) !== undefined ? workflowId : undefined,
  });
}

/** A span around one call to Temporal. A refusal is an answer of the model; the span says its type. */
function spanned<T>(name: string, workflowId: string, call: () => Promise<T>): Promise<T> {
  const options = { kind: SpanKind.CLIENT, attributes: workflowAttributes(workflowId) };
  return trace.getTracer('perennial').startActiveSpan(name, options, async (span) => {
    try {
      return await call();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute(ATTRIBUTE.error, errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Headers with the trace that this call belongs to; as they were when nobody traces. Nothing else that the program propagates: baggage is
 * the program's own, and no codec encrypts headers.
 */
function traced(headers: Headers): Headers {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const { traceparent, tracestate } = carrier;
  if (traceparent === undefined) return headers;
  const trace = { traceparent, ...(tracestate !== undefined && { tracestate }) };
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) };
}

/**
 * Calls to Temporal as spans that their workflows carry on. Goes by OpenTelemetry's API alone, so that a program with a provider of its own
 * sees them among its spans.
 */
export const clientInterceptor: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    spanned(`StartWorkflow:${input.workflowType}`, input.options.workflowId, () =>
      next({ ...input, headers: traced(input.headers) }),
    ),
  signal: (input, next) =>
    spanned(`SignalWorkflow:${input.signalName}`, input.workflowExecution.workflowId, () =>
      next({ ...input, headers: traced(input.headers) }),
    ),
  startUpdate: (input, next) =>
    spanned(`StartWorkflowUpdate:${input.updateName}`, input.workflowExecution.workflowId, () =>
      next({ ...input, headers: traced(input.headers) }),
    ),
  startUpdateWithStart: (input, next) =>
    spanned(`StartWorkflowUpdate:${input.updateName}`, input.workflowStartOptions.workflowId, () =>
      next({ ...input, updateHeaders: traced(input.updateHeaders) }),
    ),
};
