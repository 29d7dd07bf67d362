import { join } from 'node:path';
import type { Program } from './program.js';

/** Variables that every program gets: where programs are, language and time zone. */
const PASSED = /^(PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ)$/;

/**
 * The environment of a program: only what is named here or in its configuration, so that no key, token or address of the worker reaches it.
 * Its home and its temporary folder are in the folder of the run.
 */
export function programEnvironment(
  { env, inherit }: Pick<Program, 'env' | 'inherit'>,
  folder: string,
  own: NodeJS.ProcessEnv,
): Record<string, string> {
  const named = new Set(inherit);
  const given = Object.entries(own).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED.test(entry[0]) || named.has(entry[0])),
  );
  return { ...Object.fromEntries(given), HOME: folder, TMPDIR: join(folder, 'tmp'), ...env };
}
