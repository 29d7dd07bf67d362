import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Context as ActivityContext } from '@temporalio/activity';
import { CompleteAsyncError, defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { WORKFLOW } from '../../domain/names.js';
import { readTrace, TRACE_HEADER } from '../../domain/trace.js';
import { ATTRIBUTE, errorType, known } from '../../telemetry/attributes.js';
import { workflowAttributes } from '../../telemetry/client-interceptor.js';
import { contextOf, type Traces } from '../../telemetry/open-telemetry.js';

/** Steps as spans, in the trace of whoever asked for them; one span per attempt. */
export const tracedActivity =
  (traces: Traces) =>
  ({ info }: ActivityContext): ActivityInboundCallsInterceptor => ({
    execute: (input, next) => {
      const parent = parentOf(traces, info, input.headers[TRACE_HEADER]);
      const attributes = { ...attributesOf(info), ...told(input.args[0]) };
      const options = { kind: SpanKind.CONSUMER, attributes };
      return traces.tracer.startActiveSpan(`RunActivity:${info.activityType}`, options, parent, (span) =>
        ended(span, () => next(input)),
      );
    },
  });

type Info = ActivityContext['info'];

/** A run that nobody's trace led to has one of its own; a lifecycle lives for years, and each thing that it does by itself has its own. */
function parentOf(
  traces: Traces,
  { workflowExecution, workflowType }: Info,
  header: Payload | undefined,
): Context {
  const sent = readTrace(decoded(header));
  if (sent !== undefined) return contextOf(sent);
  if (workflowExecution === undefined || workflowType === WORKFLOW.lifecycle) return context.active();
  return traces.rootContext(workflowExecution.runId);
}

function decoded(header: Payload | undefined): unknown {
  try {
    return header === undefined ? undefined : defaultPayloadConverter.fromPayload(header);
  } catch {
    return undefined;
  }
}

function attributesOf({ workflowExecution, activityType, attempt }: Info): Attributes {
  return {
    ...(workflowExecution && workflowAttributes(workflowExecution.workflowId)),
    ...(workflowExecution && { [ATTRIBUTE.runId]: workflowExecution.runId }),
    [ATTRIBUTE.activity]: activityType,
    [ATTRIBUTE.attempt]: attempt,
  };
}

/** What a step's argument or answer names: a model, a version. Nothing else of it is looked at. */
function told(value: unknown): Attributes {
  if (typeof value !== 'object' || value === null) return {};
  const model = 'model' in value && typeof value.model === 'string' ? value.model : undefined;
  return known({ [ATTRIBUTE.model]: model, [ATTRIBUTE.version]: versionIn(value) });
}

function versionIn(value: object): number | undefined {
  if (!('version' in value)) return undefined;
  const { version } = value;
  if (typeof version === 'number') return version;
  return typeof version === 'object' && version !== null ? versionIn(version) : undefined;
}

async function ended(span: Span, work: () => Promise<unknown>): Promise<unknown> {
  try {
    const answer = await work();
    span.setAttributes(told(answer));
    return answer;
  } catch (error) {
    if (!(error instanceof CompleteAsyncError))
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute(ATTRIBUTE.error, errorType(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Where a log line of a step was written, in the words of OpenTelemetry; nothing outside of spans. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
