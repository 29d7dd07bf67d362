import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Imports of a declaration file: `from './x.js'` and `import("./x.js")`. */
const IMPORT = /(?:from\s+|import\()["'](\.[^"']+)\.js["']/g;

/**
 * Deletes the declarations below `dist` that none of `roots` reaches: nobody can import them. Gives their number. Throws when a root or an
 * import does not exist.
 */
export function dropUnusedDeclarations(dist: string, roots: readonly string[]): number {
  const used = new Set<string>();
  const queue = roots.map((root) => join(dist, root));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (used.has(file)) continue;
    if (!existsSync(file)) throw new Error(`${file} is imported and was not written`);
    used.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(IMPORT))
      queue.push(resolve(dirname(file), `${path}.d.ts`));
  }
  const written = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => join(dist, name));
  const unused = written.filter((file) => !used.has(file));
  for (const file of unused) rmSync(file);
  return unused.length;
}
