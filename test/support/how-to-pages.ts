import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a how-to page asks its reader to do, in order. `<!-- … -->` before a block says what a test does with it. */
export type Step =
  | { readonly kind: 'run'; readonly text: string; readonly fails: boolean; readonly line: number }
  | { readonly kind: 'stop'; readonly line: number }
  | { readonly kind: 'skip'; readonly why: string; readonly text: string; readonly line: number }
  | { readonly kind: 'unmarked'; readonly text: string; readonly line: number };

/** Pages of `docs/how-to` by name, with their steps. */
export function howToPages(root: string): ReadonlyMap<string, Step[]> {
  const folder = join(root, 'docs/how-to');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return new Map(names.map((name) => [name, stepsOf(readFileSync(join(folder, name), 'utf8'))]));
}

function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let mark: string | undefined;
  let block: string[] | undefined;
  for (const [index, text] of page
    .split('\n')
    .map((line) => line.trim())
    .entries()) {
    const line = index + 1;
    const comment = /^<!-- (.*) -->$/.exec(text)?.[1];
    if (block !== undefined) {
      if (text !== '```') block.push(text);
      else {
        steps.push(stepOf(mark, block.join('\n'), line - block.length));
        [mark, block] = [undefined, undefined];
      }
    } else if (comment === 'stops up') steps.push({ kind: 'stop', line });
    else if (comment !== undefined) mark = comment;
    else if (text === '```sh') block = [];
  }
  return steps;
}

function stepOf(mark: string | undefined, text: string, line: number): Step {
  if (mark === 'runs' || mark === 'runs: fails') return { kind: 'run', text, fails: mark !== 'runs', line };
  const why = /^not run: (.+)$/.exec(mark ?? '')?.[1];
  return why === undefined ? { kind: 'unmarked', text, line } : { kind: 'skip', why, text, line };
}
