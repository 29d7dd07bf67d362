import {
  makeTelemetryFilterString,
  type Logger as SdkLogger,
  type LogLevel,
  type RuntimeOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { modelOfWorkflow } from '../domain/names.js';

type Meta = Readonly<Record<string | symbol, unknown>>;

/** How a line of Temporal's SDK says what it is about, and how ours do. What is not here is left out. */
const FIELDS: Readonly<Record<string, string>> = {
  workflowId: 'workflowId',
  workflow_id: 'workflowId',
  workflowRunId: 'runId',
  runId: 'runId',
  run_id: 'runId',
  workflowType: 'workflow',
  activityType: 'activity',
  activity_type: 'activity',
  attempt: 'attempt',
  taskQueue: 'taskQueue',
  task_queue: 'taskQueue',
  durationMs: 'durationMs',
  trace_id: 'trace_id',
  span_id: 'span_id',
  sdkComponent: 'component',
  queryType: 'query',
  updateName: 'update',
  signalName: 'signal',
};

/** What a line is about: `model`, `workflowId`, `runId`, `activity`, `attempt`, …; docs/logs.md. */
export function logFields(meta: Meta = {}): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, ours] of Object.entries(FIELDS))
    if (meta[name] !== undefined && meta[name] !== '') fields[ours] = meta[name];
  const model = typeof fields['workflowId'] === 'string' ? modelOfWorkflow(fields['workflowId']) : undefined;
  const err = meta['error'] ?? meta['err'];
  return { ...(model !== undefined && { model }), ...fields, ...(err !== undefined && { err }) };
}

const LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** What Temporal's SDK says, as lines of this process's log. What is news only to its makers is `debug`. */
export function sdkLogger(log: Logger): SdkLogger {
  const say = (level: LogLevel, message: string, meta?: Meta): void =>
    log[LEVEL[level]](logFields(meta), message);
  return {
    log: say,
    trace: (message, meta) => say('TRACE', message, meta),
    debug: (message, meta) => say('DEBUG', message, meta),
    info: (message, meta) => say('INFO', message, meta),
    warn: (message, meta) => say('WARN', message, meta),
    error: (message, meta) => say('ERROR', message, meta),
  };
}

/** The runtime's logger, and from which level on Temporal's core tells it something. */
export function sdkLogging(log: Logger): Pick<RuntimeOptions, 'logger' | 'telemetryOptions'> {
  const core = log.isLevelEnabled('debug') ? 'INFO' : 'WARN';
  const logging = { filter: makeTelemetryFilterString({ core, other: 'ERROR' }), forward: {} };
  return { logger: sdkLogger(log), telemetryOptions: { logging } };
}
