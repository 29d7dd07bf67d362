import type { Sinks } from '@temporalio/workflow';
import type { TraceContext } from '../domain/trace.js';

/** A span of a workflow that has ended, on its way out of the workflow. Plain data. */
export interface WorkflowSpan {
  readonly name: string;
  /** Undefined: the run began without a trace, and this is the span of the whole run. */
  readonly parent: TraceContext | undefined;
  readonly spanId: string;
  /** Workflow time, epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly failed: boolean;
}

/** Where workflows tell of their spans. Every worker has it, also one that does not trace. */
export interface TraceSinks extends Sinks {
  traces: { ended(span: WorkflowSpan): void };
}
