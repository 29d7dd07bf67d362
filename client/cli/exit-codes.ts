import { CommanderError } from 'commander';
import { ZodError } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { RefusedError } from '../sdk/errors.js';

/** What the exit code of `perennial` says. */
export const EXIT = {
  ok: 0,
  /** Something is missing or broke: no server, no worker, a file that cannot be read. */
  error: 1,
  /** The command line, a spec or a data file is wrong: the same call fails again. */
  badInput: 2,
  /** Understood and refused by a rule or a person's right: nothing changed. */
  refused: 3,
  /** Done, but without the result that was asked for: a retrain without a candidate. */
  withoutResult: 4,
  /** `--fail-on-drift`: drift, an alarm or an alert was found. */
  drift: 10,
  interrupted: 130,
} as const;

/** An exit code of `perennial`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Errors that mean that what was typed or written is wrong. */
const INPUT_TYPES = new Set([
  'bad-input',
  'spec-invalid',
  'spec-unreadable',
  'commands-unreadable',
  'webhooks-unreadable',
  'unknown-model',
  'unknown-build',
  'unknown-deployment',
  'unknown-version',
  'rows-unreadable',
  'rows-refused',
  'source-format',
  'no-explanation',
  'import-refused',
  'input-type',
]);
const REFUSAL_TYPES = new Set(['nothing-waiting', 'serving-refused', 'stale-generation']);

/** The exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (error instanceof RefusedError) return EXIT.refused;
  if (error instanceof ZodError) return EXIT.error;
  if (!(error instanceof PerennialError)) return EXIT.error;
  if (INPUT_TYPES.has(error.type)) return EXIT.badInput;
  return REFUSAL_TYPES.has(error.type) ? EXIT.refused : EXIT.error;
}

/** The error for a value on the command line that cannot be used. */
export function badInput(thing: string, value: unknown, allowed: string, next: string): PerennialError {
  return new PerennialError({ type: 'bad-input', thing, value, allowed, next });
}
