import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** Where a tool writes what it measured. */
export interface Place {
  /** File name of a page in docs/. */
  readonly page: string;
  /** Marks that stay: HTML comments, each once on the page. */
  readonly begin: string;
  readonly end: string;
}

/** Replaces what stands between two marks of a page, formatted as the page is. Throws where the marks are not there. */
export async function writeBetween({ page, begin, end }: Place, text: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/${page}`, import.meta.url));
  const old = readFileSync(path, 'utf8');
  const from = old.indexOf(begin);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/${page} has no ${begin} … ${end} to write between.`);
  const next = `${old.slice(0, from)}${begin}\n\n${text}\n\n${old.slice(to)}`;
  writeFileSync(path, await format(next, { ...(await resolveConfig(path)), parser: 'markdown' }));
}
