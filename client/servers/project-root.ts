import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of Perennial's own package.json, from the sources and from a compiled copy alike. */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`no package.json above ${import.meta.dirname}; install Perennial again`);
    folder = parent;
  }
  return folder;
}
