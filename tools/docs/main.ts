import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkDocs } from './check.js';
import { textOf } from './page-paths.js';
import { renderPages } from './pages.js';

const root = resolve(import.meta.dirname, '../..');

/** Writes the generated pages; with `--check` writes nothing and lists what is not true, exit code 1. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--check')) return check();
  for (const [path, text] of await renderPages(root)) {
    if (textOf(root, path) === text) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
  return 0;
}

async function check(): Promise<number> {
  const problems = await checkDocs(root);
  for (const { path, line, message } of problems) process.stdout.write(`${path}:${line}: ${message}\n`);
  process.stdout.write(
    problems.length === 0 ? 'docs: everything is true\n' : `docs: ${problems.length} problems\n`,
  );
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
