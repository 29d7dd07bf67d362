import type { Command, Option } from 'commander';
import { createCli } from '../../client/cli/program.js';
import { fenced, markdownTable } from './markdown.js';

/** The `perennial` program with everything it prints thrown away. */
export function perennialProgram(): Command {
  const nothing = (): void => undefined;
  return createCli({ out: nothing, note: nothing, tty: false, width: 100, colours: false, env: {} }).program;
}

/** What `perennial <command> --help` prints. */
async function helpText(name: string): Promise<string> {
  const lines: string[] = [];
  const cli = createCli({
    out: (text) => void lines.push(text),
    note: () => undefined,
    tty: false,
    width: 100,
    colours: false,
    env: {},
  });
  await cli.run(name === '' ? ['--help'] : [name, '--help']);
  return lines.join('\n').replaceAll(/[ \t]+$/gm, '');
}

const INTRO = `# Commands

In a checkout, \`npm run perennial -- <command>\` runs what is written here as \`perennial <command>\`.

Results go to standard output, progress and errors to standard error; colours only to a terminal, and not with \`NO_COLOR\` or
\`TERM=dumb\`. [JSON output](json.md) is for programs. Ctrl-C ends a command at once (130 in a shell), and what it asked of the servers goes on there;
\`up\`, \`worker\`, \`serve\` and \`codec-server\` wind down and end with 0. \`source <(perennial completion bash)\` completes commands and
flags.`;

/** `docs/reference/cli.md`: every command and flag, from the program itself. */
export async function cliPage(): Promise<string> {
  const commands = perennialProgram().commands;
  const shared = sharedOptions(commands);
  const texts = await Promise.all(commands.map((command) => commandText(command, shared)));
  return [
    INTRO,
    fenced('text', await helpText('')),
    '## Flags that many commands take',
    'A flag wins over its environment variable, which wins over what runs in the state folder.',
    optionTable(shared),
    ...texts,
  ].join('\n\n');
}

async function commandText(command: Command, shared: readonly Option[]): Promise<string> {
  const help = await helpText(command.name());
  const example = /Example:\n\s+(.*)/.exec(help)?.[1];
  if (example === undefined) throw new Error(`perennial ${command.name()} has no example in its --help`);
  const own = visible(command).filter((option) => !isShared(option, shared));
  return [
    `## ${command.name()}`,
    `${command.description()}.`.replace(/\.\.$/, '.'),
    fenced('sh', example),
    `\`perennial ${command.name()}${command.registeredArguments.map((argument) => ` <${argument.name()}>`).join('')}\``,
    ...(own.length === 0 ? [] : [optionTable(own)]),
    `Also takes ${sharedText(command, shared)}.`,
  ].join('\n\n');
}

const visible = (command: Command): readonly Option[] => command.options.filter((option) => !option.hidden);

const isShared = (option: Option, shared: readonly Option[]): boolean =>
  shared.some((other) => other.flags === option.flags && other.description === option.description);

/** Flags that at least half of the commands declare in the same words. */
function sharedOptions(commands: readonly Command[]): Option[] {
  const all = commands.flatMap(visible);
  const first = all.filter(
    (option, index) =>
      all.findIndex((other) => other.flags === option.flags && other.description === option.description) ===
      index,
  );
  return first.filter(
    (option) => all.filter((other) => isShared(other, [option])).length >= commands.length / 2,
  );
}

function sharedText(command: Command, shared: readonly Option[]): string {
  const taken = visible(command).filter((option) => isShared(option, shared));
  return taken.map((option) => `\`${option.long ?? option.flags}\``).join(', ');
}

function optionTable(options: readonly Option[]): string {
  return markdownTable(
    ['flag', 'meaning'],
    options.map((option) => [`\`${option.flags}\``, option.description]),
  );
}
