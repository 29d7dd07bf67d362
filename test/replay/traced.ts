import { defaultPayloadConverter } from '@temporalio/common';
import type { InjectedSinks } from '@temporalio/worker';
import { TRACE_HEADER, writeTrace } from '../../domain/trace.js';
import type { TraceSinks, WorkflowSpan } from '../../workflows/trace-sinks.js';
import type { Recorded } from './histories.js';

/** A recorded run as it would have been recorded had everybody who started it or sent it something traced. */
export function asTraced(run: Recorded): Recorded {
  const history = structuredClone(run.history);
  for (const [i, event] of (history.events ?? []).entries()) {
    const messages = [
      event.workflowExecutionStartedEventAttributes,
      event.workflowExecutionSignaledEventAttributes,
      event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input,
    ];
    for (const message of messages) if (message) message.header = { fields: traceOf(i) };
  }
  return { ...run, history };
}

/** Each message is of a trace of its own. */
function traceOf(i: number) {
  const traceId = String(i).padStart(32, '1');
  const carrier = writeTrace({ traceId, spanId: 'b'.repeat(16), sampled: true });
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}

/** Keeps what workflows tell of their spans, at a replay too. */
export function keptSpans(): { readonly spans: WorkflowSpan[]; readonly sinks: InjectedSinks<TraceSinks> } {
  const spans: WorkflowSpan[] = [];
  const fn = (_: unknown, span: WorkflowSpan): void => void spans.push(span);
  return { spans, sinks: { traces: { ended: { fn, callDuringReplay: true } } } };
}
