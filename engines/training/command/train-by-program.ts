import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatMillis, millis } from '../../../domain/duration.js';
import { PerennialError } from '../../../domain/errors.js';
import type { CommandTrainerSpec } from '../fitted-model.js';
import { programEnvironment } from './environment.js';
import type { Program } from './program.js';
import { programFailure, wrongOutput } from './program-errors.js';
import { progressOf, type ProgramProgress } from './progress.js';
import { readOutputs, type ProgramOutputs } from './run-folder.js';
import { runProgram, type ProgramRun } from './run-program.js';

/** One training by a program. */
export interface ProgramTraining {
  readonly trainer: CommandTrainerSpec;
  readonly program: Program;
  /** Holds what the program reads; it writes there, too. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProgramProgress) => void) | undefined;
}

/** How long a program may take to tell its version. @format milliseconds */
const VERSION_MS = 60_000;

/**
 * What the program calls itself: the version of its configuration, or the first line that it prints for it. Throws what a training does.
 */
export async function programVersion(training: ProgramTraining): Promise<string> {
  const { program, trainer } = training;
  if (program.versionArgs === undefined) return program.version ?? '';
  const lines: string[] = [];
  const onLine = (line: string): void => {
    if (lines.length === 0) lines.push(line.trim());
  };
  await run(training, { args: program.versionArgs, timeoutMs: VERSION_MS, onLine });
  const [version = ''] = lines;
  if (version !== '' && version.length <= 200) return version;
  throw wrongOutput(trainer.name, {
    thing: `version (${program.versionArgs.join(' ')})`,
    value: version,
    allowed: 'one line of at most 200 characters on standard output',
  });
}

/**
 * Runs the program over its folder and reads what it wrote. Nothing of the program runs any more when this returns or throws.
 *
 * Throws a PerennialError: `program-exit`, `program-signal`, `program-not-started`, `program-timeout`, `out-of-memory`, `program-output`;
 * `timeout-too-long` for a spec that asks for more time than the worker allows; and the signal's reason when it is aborted.
 */
export async function trainByProgram(training: ProgramTraining): Promise<ProgramOutputs> {
  const { trainer, program, folder, onProgress } = training;
  await run(training, {
    args: [...program.args, folder],
    timeoutMs: timeoutOf(trainer, program),
    onLine: (line) => onProgress?.(progressOf(line)),
  });
  return readOutputs(folder, trainer.name);
}

async function run(
  { trainer: { name }, program, folder, signal }: ProgramTraining,
  call: Pick<ProgramRun, 'args' | 'timeoutMs' | 'onLine'>,
): Promise<void> {
  const { command, memoryMb, cwd = folder } = program;
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const env = programEnvironment(program, folder, process.env);
  const end = await runProgram({ ...call, command, cwd, env, memoryMb, signal });
  if (end.how.kind === 'exit' && end.how.code === 0) return;
  throw programFailure({ name, command, timeoutMs: call.timeoutMs, memoryMb }, end);
}

/** Refuses a spec that asks for more time than there is. Throws `timeout-too-long`. */
export function timeoutOf({ name, timeout }: CommandTrainerSpec, program: Pick<Program, 'timeout'>): number {
  const most = millis(program.timeout);
  if (timeout === undefined || millis(timeout) <= most) return timeout === undefined ? most : millis(timeout);
  throw new PerennialError({
    type: 'timeout-too-long',
    thing: 'trainer.timeout',
    value: timeout,
    allowed: `at most ${formatMillis(most)}, the time of command '${name}' on this worker`,
    next: 'Lower it, or raise the timeout of the command in PERENNIAL_COMMANDS.',
  });
}
