import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether this runs compiled, as it is installed; false from the TypeScript sources. */
export const isCompiled = import.meta.url.endsWith('.js');

/** How a person runs this program from a shell: in the repository npm's own script does, and reads its sources. */
export const commandLine = isCompiled ? 'npx perennial' : 'npm run -s perennial --';

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
