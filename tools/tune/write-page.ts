import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const PAGE = fileURLToPath(new URL('../../docs/demo.md', import.meta.url));

/** Replaces what stands between the marks `<!-- name: begin -->` and `<!-- name: end -->` of docs/demo.md. */
export async function writeBetween(name: string, text: string): Promise<void> {
  const from = `<!-- ${name}: begin -->`;
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(from);
  const end = page.indexOf(`<!-- ${name}: end -->`);
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${from} … to write between.`);
  const next = `${page.slice(0, begin)}${from}\n\n${text}\n\n${page.slice(end)}`;
  writeFileSync(PAGE, await format(next, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}
