import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PerennialError } from '../domain/errors.js';

/** Between paths in the variable. */
const SEPARATOR = ':';

/**
 * Modules with plug-ins, as the worker's variable PERENNIAL_PLUGINS; paths count from the current folder. Nothing for none, so that
 * the variable of this process stands. Throws `plugin-unusable` for a file that is not there, or whose path holds what separates paths.
 */
export function pluginVariable(files: readonly string[] | undefined): { PERENNIAL_PLUGINS?: string } {
  if (files === undefined) return {};
  const found = files.map((file) => {
    const path = resolve(file);
    if (existsSync(path) && !path.includes(SEPARATOR)) return path;
    throw new PerennialError({
      type: 'plugin-unusable',
      thing: '--plugin',
      value: file,
      allowed: `a TypeScript or JavaScript module that is there, without '${SEPARATOR}' in its path`,
      next: 'Check the path; it counts from the current folder.',
    });
  });
  return { PERENNIAL_PLUGINS: found.join(SEPARATOR) };
}
