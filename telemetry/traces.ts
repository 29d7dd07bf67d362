import type { Logger } from 'pino';
import { readTraceConfig } from './environment.js';
import type { Traces } from './open-telemetry.js';

export type { Traces } from './open-telemetry.js';

/** A process that may trace. */
export interface Traced {
  /** `service.name`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES names another. */
  readonly service: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest that sending one batch may take where OTEL_EXPORTER_OTLP_TIMEOUT says nothing. Default: ten seconds. @format milliseconds */
  readonly sendWithinMs?: number;
  /** Told once when spans cannot be sent, and once when they can again. */
  readonly log?: Pick<Logger, 'warn' | 'info'>;
}

/**
 * Turns traces on when the environment says so; undefined otherwise, and then nothing of OpenTelemetry's SDK is loaded. Throws
 * `environment-invalid`.
 */
export async function startTraces(traced: Traced): Promise<Traces | undefined> {
  const config = readTraceConfig(traced.env);
  if (config === undefined) return undefined;
  const { openTraces } = await import('./open-telemetry.js');
  return openTraces(config, traced);
}
