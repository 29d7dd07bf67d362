import { ROOT_CONTEXT, SpanStatusCode, type Attributes } from '@opentelemetry/api';
import type { InjectedSinks } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { rootOf } from '../../domain/trace.js';
import { ATTRIBUTE, known } from '../../telemetry/attributes.js';
import { workflowAttributes } from '../../telemetry/client-interceptor.js';
import { contextOf, type Traces } from '../../telemetry/open-telemetry.js';
import type { TraceSinks } from '../../workflows/trace-sinks.js';

/** Sends what workflows tell of their spans: once each, never at a replay. */
export const workflowSpans = ({ tracer, ids }: Traces): InjectedSinks<TraceSinks> => ({
  traces: {
    ended: {
      fn: (info, { name, parent, spanId, startedAt, endedAt, failed }) => {
        const { traceId } = parent ?? rootOf(info.runId);
        const options = { startTime: startedAt, attributes: attributesOf(info) };
        const within = parent === undefined ? ROOT_CONTEXT : contextOf(parent);
        const span = ids.during({ traceId, spanId }, () => tracer.startSpan(name, options, within));
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end(endedAt);
      },
    },
  },
});

function attributesOf({ workflowId, runId, searchAttributes }: WorkflowInfo): Attributes {
  const first = (name: string): unknown => searchAttributes[name]?.[0];
  const version = Number(first('MlVersion'));
  return {
    ...workflowAttributes(workflowId),
    ...known({
      [ATTRIBUTE.runId]: runId,
      [ATTRIBUTE.trigger]: first('MlTrigger') === undefined ? undefined : String(first('MlTrigger')),
      [ATTRIBUTE.version]: Number.isInteger(version) ? version : undefined,
    }),
  };
}
