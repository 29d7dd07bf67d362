import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';

/** Where a process sends its traces. */
export interface TraceConfig {
  /** OTLP over HTTP, with JSON. May hold credentials: never shown. */
  readonly url: string;
  readonly sampler: (typeof SAMPLERS)[number];
  /** Share of traces, for the samplers by ratio. */
  readonly ratio: number;
  /** Longest that an ended span waits for others. @format milliseconds */
  readonly delayMs: number;
  /** Longest that sending a batch may take, and the end of a process waits for its last one. @format milliseconds */
  readonly timeoutMs: number | undefined;
  /** Spans that may wait; what comes on top is dropped. */
  readonly queue: number;
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const PROTOCOLS = ['http/json', 'http/protobuf'] as const;

const address = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    message: 'an address such as http://127.0.0.1:4318',
  })
  .optional();

/** Variables of traces, as OpenTelemetry names them. */
export const traceEnvironmentSchema = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: address.describe(
    'Turns traces on: a collector that takes OTLP over HTTP, e.g. `http://127.0.0.1:4318`. Spans go to `/v1/traces` below it. Absent: no traces.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.describe(
    'Turns traces on: the whole address for spans. Wins over `OTEL_EXPORTER_OTLP_ENDPOINT`.',
  ),
  OTEL_SDK_DISABLED: z
    .stringFormat('true or false', /^(true|false)$/i)
    .optional()
    .describe('`true` turns traces off, whatever else is set.'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'])
    .default('otlp')
    .describe('`none` turns traces off. `otlp` is the only exporter.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(PROTOCOLS, {
      error: 'http/json or http/protobuf; for grpc, the address of the collector’s HTTP port',
    })
    .optional()
    .describe(
      'Spans are sent as `http/json`, which every collector with OTLP over HTTP takes, also for `http/protobuf`. `grpc` is refused: name the collector’s HTTP port, by default 4318.',
    ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z
    .enum(PROTOCOLS, {
      error: 'http/json or http/protobuf; for grpc, the address of the collector’s HTTP port',
    })
    .optional()
    .describe('The same, for traces alone.'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS)
    .default('parentbased_always_on')
    .describe('Which traces are recorded; see [traces](../tracing.md). The same for every process.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces that the samplers by ratio record, from 0 to 1.'),
  OTEL_EXPORTER_OTLP_TIMEOUT: z.coerce
    .number()
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe(
      'Longest that sending may take, in milliseconds. Absent: ten seconds, of which the end of a process waits for two; for the `perennial` command one.',
    ),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(5000)
    .describe('Longest that an ended span waits for others before it is sent, in milliseconds.'),
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(2048)
    .describe('Spans that may wait to be sent; what comes on top is dropped.'),
});

/**
 * Where this process sends its traces; undefined: nowhere. Empty variables count as absent, as OpenTelemetry has it. Throws
 * `environment-invalid` naming each variable that cannot be used, without its value: an address may hold a password.
 */
export function readTraceConfig(env: Readonly<Record<string, string | undefined>>): TraceConfig | undefined {
  const given = Object.fromEntries(
    Object.keys(traceEnvironmentSchema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const wanted = given['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? given['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const off =
    given['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || given['OTEL_TRACES_EXPORTER'] === 'none';
  if (wanted === undefined || off) return undefined;
  const parsed = traceEnvironmentSchema.safeParse(given);
  if (!parsed.success) throw invalid(parsed.error);
  const read = parsed.data;
  return {
    url: read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? below(read.OTEL_EXPORTER_OTLP_ENDPOINT ?? wanted),
    sampler: read.OTEL_TRACES_SAMPLER,
    ratio: read.OTEL_TRACES_SAMPLER_ARG,
    delayMs: read.OTEL_BSP_SCHEDULE_DELAY,
    timeoutMs: read.OTEL_EXPORTER_OTLP_TIMEOUT,
    queue: read.OTEL_BSP_MAX_QUEUE_SIZE,
  };
}

const below = (endpoint: string): string => `${endpoint.replace(/\/+$/, '')}/v1/traces`;

function invalid(error: z.ZodError): PerennialError {
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return new PerennialError({
    type: 'environment-invalid',
    thing: `environment (${problems.join('; ')})`,
    allowed: 'the variables of docs/tracing.md',
    next: 'Correct them, or set OTEL_SDK_DISABLED=true for a process without traces.',
  });
}
