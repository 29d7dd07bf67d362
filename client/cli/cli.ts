import { CommanderError, Option, type Command } from 'commander';
import { Perennial } from '../sdk/perennial.js';
import type { PerennialOptions } from '../sdk/settings.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { painter, type Io, type Paint } from './io.js';
import { traced } from './traced.js';

/** What the action of a command gets besides its own arguments. */
export interface Context {
  readonly io: Io;
  readonly paint: Paint;
  /** Prints the result: `value` as one line of JSON with `--json`, else `lines` for people. */
  print(value: unknown, lines: () => readonly string[]): void;
  readonly json: boolean;
  /** Where to find the servers, from the common flags. */
  readonly where: PerennialOptions;
  /** Opens the client for the length of `work`, and closes it whatever happens. */
  withClient<T>(work: (perennial: Perennial) => Promise<T>): Promise<T>;
}

/** The action of a command. Its exit code is 0 unless it returns another or throws. */
export type Action<Options> = (
  context: Context,
  args: readonly string[],
  options: Options,
) => Promise<ExitCode | undefined>;

/** How a command is declared; commander does the parsing. */
export interface CommandSpec<Options> {
  /** With its arguments, e.g. `retrain <model>`. */
  readonly usage: string;
  /** For the list of commands: a few words, without a full stop. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly details?: string;
  /** Shown by `--help`: a line that works when it is pasted. */
  readonly example: string;
  /** Adds the command's own flags. */
  readonly flags?: (command: Command) => Command;
  /** False for commands that connect to nothing. @default true */
  readonly connects?: boolean;
  readonly action: Action<Options>;
}

/** Collects commands; each command file adds itself. */
export class Cli {
  readonly program: Command;
  readonly #io: Io;
  #exitCode: ExitCode = EXIT.ok;

  constructor(program: Command, io: Io) {
    this.program = program;
    this.#io = io;
    const write = (text: string): void => io.out(text.trimEnd());
    // Errors are printed in one place, `run`, so that --json holds for them too.
    program
      .exitOverride()
      .configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined });
    program.configureHelp({ helpWidth: Math.min(io.width, 100) });
  }

  /** Adds a command. */
  add<Options>(spec: CommandSpec<Options>): void {
    const command = this.program
      .command(spec.usage)
      .summary(spec.summary)
      .description(spec.details === undefined ? spec.summary : `${spec.summary}. ${spec.details}`)
      .allowExcessArguments(false);
    spec.flags?.(command);
    if (spec.connects !== false) addWhereFlags(command);
    command.option('--json', 'print the result as one line of JSON');
    command.addHelpText('after', `\nExample:\n  ${spec.example}`);
    command.action(async () => {
      const options = command.opts<Options & PerennialOptions & { json?: boolean }>();
      const context = this.#context(options, command.name());
      const code = await spec.action(context, command.args, options);
      this.#exitCode = code ?? EXIT.ok;
    });
  }

  /** Parses and runs a command line (without `node` and the script). Never throws: what went wrong is printed in one line.
   * Without arguments it prints the help. */
  async run(args: readonly string[]): Promise<ExitCode> {
    if (args.length === 0) {
      this.program.outputHelp();
      return EXIT.ok;
    }
    try {
      await this.program.parseAsync(args, { from: 'user' });
      return this.#exitCode;
    } catch (error) {
      const code = exitCodeOf(error);
      if (code !== EXIT.ok) this.#printError(error, code, args.includes('--json'));
      return code;
    }
  }

  #context(options: PerennialOptions & { json?: boolean }, name: string): Context {
    const io = this.#io;
    const json = options.json === true;
    return {
      io,
      json,
      paint: painter(io),
      where: options,
      print: (value, lines) => io.out(json ? JSON.stringify(value) : lines().join('\n')),
      withClient: (work) =>
        traced(io, name, async () => {
          const perennial = Perennial.open(options);
          try {
            return await work(perennial);
          } finally {
            await perennial.close();
          }
        }),
    };
  }

  #printError(error: unknown, exitCode: ExitCode, json: boolean): void {
    const { type, message } = describe(error);
    if (json) this.#io.out(JSON.stringify({ error: { type, message, exitCode } }));
    else this.#io.note(errorLine(this.#io, type, message));
  }
}

/** An error for people: its line, and the code by which docs/troubleshooting.md has it. */
export function errorLine(io: Io, type: string, message: string): string {
  const paint = painter(io);
  return `${paint('bad', 'error:')} ${message} ${paint('dim', `(${type})`)}`;
}

function addWhereFlags(command: Command): void {
  const group = 'Where the servers are (default: what `perennial up` started):';
  const flag = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(group));
  };
  flag('--state <folder>', 'state folder of `perennial up` (PERENNIAL_HOME, .perennial)');
  flag('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS)');
  flag('--namespace <name>', 'Temporal namespace (TEMPORAL_NAMESPACE)');
  flag('--task-queue <name>', 'task queue (PERENNIAL_TASK_QUEUE)');
  flag('--store <address>', 'object store: a folder or s3://bucket/prefix (PERENNIAL_STORE)');
  flag('--serving <url>', 'serving replica (PERENNIAL_SERVING_URLS)');
}

function describe(error: unknown): { type: string; message: string } {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
    return {
      type: error.code,
      message: `${message}${message.endsWith('.') ? '' : '.'} See \`perennial --help\`.`,
    };
  }
  if (!(error instanceof Error)) return { type: 'unknown', message: String(error) };
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  return { type, message: error.message.replaceAll(/\s*\n\s*/g, ' ') };
}
