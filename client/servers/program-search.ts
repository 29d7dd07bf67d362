import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** What the name of a program ends in on this system. */
export const PROGRAM_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** A file that looked like the program and cannot be used. */
export interface SkippedProgram {
  readonly path: string;
  readonly from: string;
  /** Why, in words that follow the path. */
  readonly reason: string;
}

/** The folder for programs that Perennial got by itself: `$XDG_CACHE_HOME/perennial/bin`, by default in `~/.cache`. */
export function binFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  const home = env['HOME'] ?? homedir();
  const cache = given !== undefined && isAbsolute(given) ? given : join(home, '.cache');
  return join(cache, 'perennial', 'bin');
}

/** Programs of a name that may be run: on PATH, then in the cache folder under each of `cached`. */
export function programsNamed(
  name: string,
  { env, cached }: { readonly env: NodeJS.ProcessEnv; readonly cached: readonly string[] },
): { path: string; from: 'PATH' | 'cache' }[] {
  const onPath = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return [
    ...onPath.map((folder) => ({ path: join(folder, `${name}${PROGRAM_SUFFIX}`), from: 'PATH' as const })),
    ...cached.map((path) => ({ path, from: 'cache' as const })),
  ].filter(({ path }) => isProgram(path));
}

/** A line about a file that looked like the program and was passed over. */
export function describeSkipped({ path, from, reason }: SkippedProgram): string {
  return `skipping ${path} (${from}): it ${reason}`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // nothing there, or nothing that we may run
  }
}
