import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';
import { resolveStore } from '../storage/objects/open-store.js';

/** What the serving process reads: everything present, in base units. */
export interface ServingConfig {
  /** The object store: a folder, or `s3://bucket/prefix`. */
  readonly store: string;
  readonly host: string;
  /** 0 takes any free port; the readiness line names it. */
  readonly port: number;
  /** Bearer token that every call but health must carry; undefined only on loopback. Never logged. */
  readonly token: string | undefined;
  /** Bearer token that `/metrics` takes beside it. Never logged. */
  readonly metricsToken: string | undefined;
  /** Names this process in the prediction log; unique among the processes that share a store. */
  readonly replica: string;
  /** Local folder for pins, verified copies of versions and unflushed log rows. One process at a time. */
  readonly spool: string;
  readonly clock: 'wall' | 'stepped';
  /** How often the store's aliases are read. @format milliseconds */
  readonly pollMs: number;
  /** How long a logged row may stay on this machine's disk alone before the store has it. @format milliseconds */
  readonly flushMs: number;
  /** Largest accepted request body. @format bytes */
  readonly bodyLimit: number;
  /** Labels that one address may post in a minute. */
  readonly feedbackPerMinute: number;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const whole = (min: number, max: number, fallback: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** The environment of a serving process. */
export const servingEnvironmentSchema = z.object({
  PERENNIAL_STORE: z
    .string()
    .min(1)
    .describe('The object store, the same for every process: a folder, or `s3://bucket/prefix`.'),
  PERENNIAL_SERVING_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on; any other than loopback needs a token.'),
  PORT: whole(0, 65_535, 0).describe(
    'Port to listen on; 0 takes any free one, which the readiness line names.',
  ),
  PERENNIAL_SERVING_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Secret of at least 16 characters that every call but health must carry as bearer token. Never logged.',
    ),
  PERENNIAL_METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Secret of at least 16 characters that `/metrics` takes beside `PERENNIAL_SERVING_TOKEN`, and nothing else does: for Prometheus. Never logged.',
    ),
  PERENNIAL_REPLICA: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/)
    .optional()
    .describe(
      'Name of this process in the prediction log, unique among those that share a store. Absent: the host’s name.',
    ),
  PERENNIAL_SPOOL: z
    .string()
    .min(1)
    .describe(
      'Folder of this process alone: pins, verified versions, log rows that the store does not have yet. Keep it.',
    ),
  PERENNIAL_CLOCK: z
    .enum(['wall', 'stepped'])
    .default('wall')
    .describe('`stepped`: a driver moves event time (demo, tests).'),
  PERENNIAL_POLL_MS: whole(10, 3_600_000, 2000).describe(
    'How often the aliases are read from the store, in milliseconds.',
  ),
  PERENNIAL_FLUSH_MS: whole(10, 600_000, 10_000).describe(
    'How long a logged row may stay on this machine’s disk alone, in milliseconds.',
  ),
  PERENNIAL_BODY_LIMIT: whole(1024, 64 << 20, 4 << 20).describe('Largest accepted request body, in bytes.'),
  PERENNIAL_FEEDBACK_PER_MINUTE: whole(10_000, 1_000_000_000, 600_000).describe(
    'How many labels one address may post as feedback in a minute.',
  ),
});

const ALLOWED: Readonly<Record<keyof z.infer<typeof servingEnvironmentSchema>, string>> = {
  PERENNIAL_STORE: 'a folder, or s3://bucket/prefix',
  PERENNIAL_SERVING_HOST: 'an address to listen on',
  PORT: 'a port of 0 to 65535 (0: any free one)',
  PERENNIAL_SERVING_TOKEN: 'a secret of at least 16 characters',
  PERENNIAL_METRICS_TOKEN: 'a secret of at least 16 characters',
  PERENNIAL_REPLICA: 'up to 63 letters, digits, hyphens or underscores',
  PERENNIAL_SPOOL: 'a local folder for this process alone',
  PERENNIAL_CLOCK: "'wall' or 'stepped'",
  PERENNIAL_POLL_MS: 'whole milliseconds of 10 to 3600000',
  PERENNIAL_FLUSH_MS: 'whole milliseconds of 10 to 600000',
  PERENNIAL_BODY_LIMIT: 'whole bytes of 1024 to 67108864',
  PERENNIAL_FEEDBACK_PER_MINUTE: 'whole labels of 10000 to 1000000000',
};

/**
 * Reads the configuration from environment variables; an empty variable counts as absent. Throws `config-invalid` naming the
 * variable, and `token-needed` when the host is not a loopback address and there is no token. A token's value is never shown.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServingConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = servingEnvironmentSchema.safeParse(given);
  if (!parsed.success) throw invalid(given, parsed.error);
  const read = parsed.data;
  if (!LOOPBACK.has(read.PERENNIAL_SERVING_HOST) && read.PERENNIAL_SERVING_TOKEN === undefined) {
    throw new PerennialError({
      type: 'token-needed',
      thing: 'PERENNIAL_SERVING_HOST',
      value: read.PERENNIAL_SERVING_HOST,
      allowed: 'a loopback address (127.0.0.1, ::1, localhost) while there is no token',
      next: 'Set PERENNIAL_SERVING_TOKEN to a secret of at least 16 characters, for this process and for the worker.',
    });
  }
  return {
    store: resolveStore(read.PERENNIAL_STORE),
    host: read.PERENNIAL_SERVING_HOST,
    port: read.PORT,
    token: read.PERENNIAL_SERVING_TOKEN,
    metricsToken: read.PERENNIAL_METRICS_TOKEN,
    replica: read.PERENNIAL_REPLICA ?? defaultReplica(),
    spool: resolve(read.PERENNIAL_SPOOL),
    clock: read.PERENNIAL_CLOCK,
    pollMs: read.PERENNIAL_POLL_MS,
    flushMs: read.PERENNIAL_FLUSH_MS,
    bodyLimit: read.PERENNIAL_BODY_LIMIT,
    feedbackPerMinute: read.PERENNIAL_FEEDBACK_PER_MINUTE,
  };
}

function defaultReplica(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 63);
  return /^[A-Za-z0-9]/.test(name) ? name : 'serving';
}

function invalid(env: Readonly<Record<string, unknown>>, error: z.ZodError): PerennialError {
  const name = String(error.issues[0]?.path[0]);
  const secret = name.endsWith('_TOKEN');
  return new PerennialError({
    type: 'config-invalid',
    thing: `environment variable ${name}`,
    value: secret ? '(not shown)' : (env[name] ?? '(not set)'),
    allowed: ALLOWED[name as keyof typeof ALLOWED],
    next: 'Set it and start again.',
  });
}
