import type { Command } from 'commander';
import type { Page, Problem } from './markdown.js';

/** What command lines may name. */
export interface KnownCommands {
  readonly program: Command;
  /** `scripts` of package.json. */
  readonly scripts: Readonly<Record<string, string>>;
}

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);
/** Commands of npm itself that pages use. */
const NPM_OWN = new Set(['init', 'install', 'ci', 'exec', 'rebuild', 'version']);

/** Lines of fenced shell blocks, and inline code, that name a command or a flag that does not exist. */
export function checkCommands(page: Page, known: KnownCommands): Problem[] {
  const blocks = page.fences.filter(({ language }) => SHELLS.has(language)).flatMap(commandLines);
  const inline = page.spans.filter(({ text }) =>
    /^(perennial|npx perennial|npm (run|test|start))\b/.test(text),
  );
  return [...blocks, ...inline].flatMap(({ line, text }) =>
    simpleCommands(text).flatMap((words) => {
      const message = problemOf(words, known);
      return message === undefined ? [] : [{ path: page.path, line, message }];
    }),
  );
}

function commandLines(fence: Page['fences'][number]): { line: number; text: string }[] {
  const lines: { line: number; text: string }[] = [];
  let pending: { line: number; text: string } | undefined;
  for (const [index, raw] of fence.text.split('\n').entries()) {
    const text = raw.replace(/^\s*\$ /, '').replace(/(^|\s)#.*$/, '');
    const whole = { line: pending?.line ?? fence.line + index, text: `${pending?.text ?? ''}${text}` };
    if (whole.text.endsWith('\\')) pending = { ...whole, text: whole.text.slice(0, -1) };
    else {
      lines.push(whole);
      pending = undefined;
    }
  }
  return lines;
}

/** The commands of one line as words: split at `&&`, `||`, `;` and `|`, quotes removed, leading assignments dropped. */
export function simpleCommands(line: string): string[][] {
  const words = line.match(/"[^"]*"|'[^']*'|&&|\|\||[;|]|[^\s;|&"']+(?:"[^"]*"|'[^']*')?/g) ?? [];
  const commands: string[][] = [[]];
  for (const word of words) {
    if (['&&', '||', ';', '|'].includes(word)) commands.push([]);
    else commands.at(-1)?.push(word.replaceAll(/^["']|["']$/g, ''));
  }
  return commands
    .map((command) => command.slice(command.findIndex((word) => !/^[A-Z_]+=/.test(word))))
    .filter((command) => command.length > 0);
}

function problemOf(words: readonly string[], known: KnownCommands): string | undefined {
  const [first, second, third] = words.filter(
    (word, index) => words[0] !== 'npm' || index === 0 || !isNpmFlag(word),
  );
  if (first === 'perennial') return perennialProblem(words.slice(1), known.program);
  if (first === 'npx' && second === 'perennial') return perennialProblem(words.slice(2), known.program);
  if (first !== 'npm') return undefined;
  if (second === 'run') return scriptProblem(third, afterWord(words, third), known);
  if (second === 'test' || second === 'start') return scriptProblem(second, afterWord(words, second), known);
  return second !== undefined && NPM_OWN.has(second)
    ? undefined
    : `'npm ${second ?? ''}' is not a command that pages use`;
}

/** Flags of npm itself, which may stand anywhere before `--`. */
const isNpmFlag = (word: string): boolean => ['-s', '--silent'].includes(word);

const afterWord = (words: readonly string[], word: string | undefined): string[] =>
  word === undefined ? [] : words.slice(words.indexOf(word) + 1);

function scriptProblem(
  name: string | undefined,
  rest: readonly string[],
  known: KnownCommands,
): string | undefined {
  if (name === undefined) return undefined;
  const script = Object.hasOwn(known.scripts, name) ? known.scripts[name] : undefined;
  if (script === undefined) return `'npm run ${name}': package.json has no script '${name}'`;
  const given = /client\/cli\/main\.ts\s*(.*)$/.exec(script)?.[1];
  const [dashes, ...args] = rest;
  if (given === undefined || (dashes !== undefined && dashes !== '--')) return undefined;
  return perennialProblem([...given.split(' ').filter((word) => word !== ''), ...args], known.program);
}

function perennialProblem(words: readonly string[], program: Command): string | undefined {
  const [name, ...rest] = words;
  if (name === undefined || isPlaceholder(name) || ['--help', '-h', '--version'].includes(name))
    return undefined;
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (command === undefined) return `'perennial ${name}' does not exist`;
  const flags = new Set(['--help', '-h', ...command.options.flatMap(({ long, short }) => [long, short])]);
  const wrong = rest
    .filter((word) => /^--?[a-z]/i.test(word))
    .map((word) => word.replace(/=.*$/, ''))
    .find((word) => !flags.has(word));
  return wrong === undefined ? undefined : `'perennial ${name}' has no flag '${wrong}'`;
}

/** `<command>`, `…`: a word that stands for others. */
const isPlaceholder = (word: string): boolean => /^[<[…]/.test(word);
