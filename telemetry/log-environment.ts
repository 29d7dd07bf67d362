import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How much a process says. */
export type LogLevel = (typeof LEVELS)[number];

/** Variables of the logs of worker and serving. */
export const logEnvironmentSchema = z.object({
  PERENNIAL_LOG_LEVEL: z
    .enum(LEVELS)
    .default('info')
    .describe(
      'Least level of what worker and serving log: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, or `silent`. Temporal’s SDK is logged from `warn` on, or from this level where it is higher; with `debug` and `trace` it tells more, too.',
    ),
  PERENNIAL_LOG_FORMAT: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('`json`: one object per line. `text`: for people. `auto`: text on a terminal, else JSON.'),
});

/** How this process logs. Throws `environment-invalid` for a value that is none; an empty variable counts as absent. */
export function readLogConfig(env: Readonly<Record<string, string | undefined>>): {
  readonly level: LogLevel;
  readonly format: 'auto' | 'json' | 'text';
} {
  const parsed = logEnvironmentSchema.safeParse({
    PERENNIAL_LOG_LEVEL: env['PERENNIAL_LOG_LEVEL'] || undefined,
    PERENNIAL_LOG_FORMAT: env['PERENNIAL_LOG_FORMAT'] || undefined,
  });
  if (parsed.success)
    return { level: parsed.data.PERENNIAL_LOG_LEVEL, format: parsed.data.PERENNIAL_LOG_FORMAT };
  const name = String(parsed.error.issues[0]?.path[0]);
  throw new PerennialError({
    type: 'environment-invalid',
    thing: `environment variable ${name}`,
    value: env[name],
    allowed: name === 'PERENNIAL_LOG_LEVEL' ? LEVELS.join(', ') : 'auto, json, text',
    next: 'Set it and start again.',
  });
}
