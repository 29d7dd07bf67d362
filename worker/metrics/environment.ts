import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/loopback.js';

/** Where a worker tells Prometheus how it and the models fare. */
export interface MetricsConfig {
  readonly host: string;
  /** 0 takes any free port; the readiness line names it. */
  readonly port: number;
  /** Bearer token that readers of `/metrics` must carry; undefined only on loopback. Never logged. */
  readonly token: string | undefined;
  /** Least time between two looks at the store and at Temporal. @format milliseconds */
  readonly refreshMs: number;
}

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/** Variables of a worker's metrics. */
export const metricsEnvironment = {
  PERENNIAL_METRICS: z
    .string()
    .regex(ADDRESS, { message: 'an address such as 127.0.0.1:9464' })
    .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, {
      message: 'a port of 0 to 65535',
    })
    .optional()
    .describe(
      'Address at which the worker answers `GET /metrics` and `GET /health/ready`, e.g. `127.0.0.1:9464`; port 0 takes any free one, which the readiness line names. Any address but loopback needs `PERENNIAL_METRICS_TOKEN`. Absent: no metrics.',
    ),
  PERENNIAL_METRICS_TOKEN: z
    .string()
    .min(16, { message: 'a secret of at least 16 characters' })
    .optional()
    .describe(
      'Secret of at least 16 characters that every reader of the worker’s `/metrics` must carry as bearer token. A serving replica that is given it too takes it for its `/metrics`, and for nothing else. Never logged.',
    ),
  PERENNIAL_METRICS_REFRESH_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(15_000)
    .describe(
      'Least time between two looks at the store and at Temporal for the metrics of models, in milliseconds. Nobody reads: nobody looks.',
    ),
} as const;

/** The metrics' configuration; undefined: none. Throws `token-needed` for an address that others reach, without a token. */
export function metricsOf(data: z.output<z.ZodObject<typeof metricsEnvironment>>): MetricsConfig | undefined {
  const { PERENNIAL_METRICS: address, PERENNIAL_METRICS_TOKEN: token } = data;
  if (address === undefined) return undefined;
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  if (token === undefined && !isLoopback(host)) {
    throw new PerennialError({
      type: 'token-needed',
      thing: 'PERENNIAL_METRICS',
      value: address,
      allowed: 'a loopback address (127.0.0.1, ::1, localhost) while there is no token',
      next: 'Set PERENNIAL_METRICS_TOKEN to a secret of at least 16 characters, for this process and for Prometheus.',
    });
  }
  return { host, port: Number(address.slice(at + 1)), token, refreshMs: data.PERENNIAL_METRICS_REFRESH_MS };
}
