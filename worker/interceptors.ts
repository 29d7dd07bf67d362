import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { startTraces, type Traces } from '../telemetry/traces.js';
import { loggedStep, tracedLog } from './logged-step.js';
import { NamedFailures } from './named-failures.js';

/** What stands around every step and message of a worker. */
export interface WorkerInterceptors {
  /** Around the short steps. */
  readonly control: readonly ActivityInterceptorsFactory[];
  /** Around the heavy ones, which are logged one by one. */
  readonly compute: readonly ActivityInterceptorsFactory[];
  /** Around the worker's own calls to Temporal. */
  readonly client: readonly WorkflowClientInterceptor[];
  /** Absent: what workflows tell of their traces is dropped. */
  readonly sinks?: WorkerOptions['sinks'];
  /** Sends the last spans. */
  close(): Promise<void>;
}

/** Interceptors of a worker; those of traces only when the environment turns them on. Throws `environment-invalid`. */
export async function workerInterceptors(
  log: Logger,
  version: string,
  env: NodeJS.ProcessEnv,
): Promise<WorkerInterceptors> {
  const named = (): ReturnType<ActivityInterceptorsFactory> => ({ inbound: new NamedFailures() });
  const traces = await startTraces({ service: 'perennial-worker', version, env, log });
  if (traces !== undefined) return tracing(log, traces, named);
  const logged: ActivityInterceptorsFactory = (step) => ({ inbound: loggedStep(log)(step) });
  return { control: [named], compute: [logged, named], client: [], close: async () => undefined };
}

async function tracing(
  log: Logger,
  traces: Traces,
  named: ActivityInterceptorsFactory,
): Promise<WorkerInterceptors> {
  const { tracedActivity, traceFields } = await import('./traces/traced-activity.js');
  const { workflowSpans } = await import('./traces/workflow-spans.js');
  const { clientInterceptor } = await import('../telemetry/client-interceptor.js');
  const traced: ActivityInterceptorsFactory = (step) => ({
    inbound: tracedActivity(traces)(step),
    outbound: tracedLog(traceFields),
  });
  const logged: ActivityInterceptorsFactory = (step) => ({ inbound: loggedStep(log, traceFields)(step) });
  return {
    control: [traced, named],
    compute: [traced, logged, named],
    client: [clientInterceptor],
    sinks: workflowSpans(traces),
    close: traces.close,
  };
}
