import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';

/** Paths of the Markdown pages to check: the root's own, `docs/`, and the READMEs of `examples/` and `tools/`. */
export function pagePaths(root: string): string[] {
  const own = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'examples', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => posix.join(folder, name.split(sep).join('/'))),
  );
  return [...own, ...below].sort();
}

/** The text of a file below the root; undefined when there is none. */
export function textOf(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
