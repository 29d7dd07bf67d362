import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/loopback.js';
import { readPayloadKeys, type PayloadKeys } from '../../storage/payloads/payload-keys.js';

/** What the codec server reads. */
export interface CodecConfig {
  readonly host: string;
  /** 0 takes any free port; the readiness line names it. */
  readonly port: number;
  /** Bearer token that every call must carry; undefined only on loopback. Never logged. */
  readonly token: string | undefined;
  /** Origins of the Web UIs whose pages may call, e.g. `http://127.0.0.1:8233`. */
  readonly origins: readonly string[];
  /** At least one. */
  readonly keys: PayloadKeys;
}

/** The environment of a codec server, besides the payload keys. */
export const codecEnvironmentSchema = z.object({
  PERENNIAL_CODEC_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on; any other than loopback needs a token.'),
  PERENNIAL_CODEC_PORT: z.coerce
    .number({ error: 'a port of 0 to 65535' })
    .int({ error: 'a port of 0 to 65535' })
    .min(0, { error: 'a port of 0 to 65535' })
    .max(65_535, { error: 'a port of 0 to 65535' })
    .default(8234)
    .describe('Port to listen on; 0 takes any free one, which the readiness line names.'),
  PERENNIAL_CODEC_TOKEN: z
    .string()
    .min(16, { error: 'a secret of at least 16 characters' })
    .optional()
    .describe('Secret of at least 16 characters that every call must carry as bearer token. Never logged.'),
  PERENNIAL_CODEC_ORIGINS: z
    .string()
    .default('http://127.0.0.1:8233,http://localhost:8233')
    .transform((text) => text.split(',').filter((origin) => origin !== ''))
    .refine((origins) => origins.every(isOrigin), {
      error: 'addresses such as https://temporal.example.com, without path, separated by commas',
    })
    .describe('Addresses of the Temporal Web UIs that may call from a browser, separated by commas.'),
});

/**
 * Reads the configuration; an empty variable counts as absent. Throws `codec-config-invalid` naming every variable that is wrong,
 * `payload-keys-missing` without keys, and `token-needed` when the host is not a loopback address and there is no token. Never shows
 * a secret.
 */
export function readCodecConfig(env: Readonly<Record<string, string | undefined>>): CodecConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = codecEnvironmentSchema.safeParse(given);
  if (!parsed.success) throw invalid(parsed.error);
  const read = parsed.data;
  const config = {
    host: read.PERENNIAL_CODEC_HOST,
    port: read.PERENNIAL_CODEC_PORT,
    token: read.PERENNIAL_CODEC_TOKEN,
    origins: read.PERENNIAL_CODEC_ORIGINS,
    keys: readPayloadKeys(env),
  };
  if (config.keys.first === undefined) throw noKeys();
  if (config.token === undefined && !isLoopback(config.host)) throw tokenNeeded(config.host);
  return config;
}

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

function invalid(error: z.ZodError): PerennialError {
  const problems = error.issues.map((issue) => `${issue.path.join('.')}: expected ${issue.message}`);
  return new PerennialError({
    type: 'codec-config-invalid',
    thing: `environment (${problems.join('; ')})`,
    allowed: 'the variables of docs/reference/environment.md',
    next: 'Correct them and start the codec server again.',
  });
}

function noKeys(): PerennialError {
  return new PerennialError({
    type: 'payload-keys-missing',
    thing: 'PERENNIAL_PAYLOAD_KEYS',
    value: '(not set)',
    allowed: 'the keys that the workers have, as id:key',
    next: 'Set it: without keys there is nothing to encrypt or decrypt (docs/encryption.md).',
  });
}

function tokenNeeded(host: string): PerennialError {
  return new PerennialError({
    type: 'token-needed',
    thing: 'PERENNIAL_CODEC_HOST',
    value: host,
    allowed: 'a loopback address (127.0.0.1, ::1, localhost) while there is no token',
    next: 'Set PERENNIAL_CODEC_TOKEN to a secret of at least 16 characters: whoever may call reads everything.',
  });
}
