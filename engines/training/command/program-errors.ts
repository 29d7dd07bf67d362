import { clip } from '../../../domain/bounds.js';
import { PerennialError } from '../../../domain/errors.js';
import { formatMillis } from '../../../domain/duration.js';
import type { ProgramEnd } from './run-program.js';

/** What is known of a run when its end is put into words. */
export interface RunFacts {
  readonly name: string;
  readonly command: string;
  readonly timeoutMs: number;
  readonly memoryMb?: number | undefined;
}

/** The exit code by which a program says that the same may work later: `EX_TEMPFAIL` of sysexits.h. */
export const TRY_AGAIN_CODE = 75;

const CONTRACT = 'docs/trainers.md has the contract.';
/** How much of standard error a message shows. @format characters */
const SHOWN = 800;

/**
 * The error of a program that did not end with exit code 0: `program-exit`, `program-signal` and `program-not-started`, `program-timeout`,
 * or `out-of-memory`. What another attempt may mend is retryable: exit code 75, and a signal that somebody else sent.
 */
export function programFailure(facts: RunFacts, { how, stderr }: ProgramEnd): PerennialError {
  const { name, command, timeoutMs, memoryMb } = facts;
  const thing = `end of command '${name}'`;
  const words = lastWords(stderr);
  switch (how.kind) {
    case 'exit':
      return new PerennialError({
        type: 'program-exit',
        thing,
        value: `exit code ${how.code}`,
        allowed: `exit code 0 (or ${TRY_AGAIN_CODE} to be run again)`,
        next: `Mend the program or its parameters. ${words}`,
        retryable: how.code === TRY_AGAIN_CODE,
      });
    case 'signal':
      return new PerennialError({
        type: 'program-signal',
        thing,
        value: how.signal,
        allowed: 'exit code 0',
        next: `Somebody or the system killed it; for want of memory it would be this, too. ${words}`,
        retryable: true,
      });
    case 'not-started':
      return new PerennialError({
        type: 'program-not-started',
        thing: `program of command '${name}'`,
        value: `${command} (${how.reason})`,
        allowed: 'a program that this worker can start',
        next: 'Install it there, or correct PERENNIAL_COMMANDS.',
      });
    case 'timeout':
      return new PerennialError({
        type: 'program-timeout',
        thing,
        value: `none after ${formatMillis(timeoutMs)}`,
        allowed: `an end within ${formatMillis(timeoutMs)}`,
        next: `Make it faster, or raise trainer.timeout and the command's own. ${words}`,
      });
    case 'memory':
      return new PerennialError({
        type: 'out-of-memory',
        thing: `memory of command '${name}'`,
        value: `more than ${memoryMb ?? 0} MiB`,
        allowed: `at most ${memoryMb ?? 0} MiB`,
        next: `Raise its memoryMb in PERENNIAL_COMMANDS on a machine that has it, or shorten the window. ${words}`,
      });
  }
}

/** Something that a program wrote, or did not write, against the contract: `program-output`, which another attempt would not mend. */
export function wrongOutput(
  name: string,
  found: {
    readonly thing: string;
    readonly value: unknown;
    readonly allowed: string;
    readonly next?: string;
  },
  cause?: unknown,
): PerennialError {
  return new PerennialError(
    {
      type: 'program-output',
      thing: `${found.thing} of command '${name}'`,
      value: found.value,
      allowed: found.allowed,
      next: `${found.next ?? 'Mend the program.'} ${CONTRACT}`,
    },
    { cause },
  );
}

/** A command that a spec names and this worker does not have. */
export function unknownCommand(name: string, known: readonly string[]): PerennialError {
  return new PerennialError({
    type: 'unknown-command',
    thing: 'trainer.name',
    value: name,
    allowed: `a command in the configuration of this worker: ${known.join(', ') || '(none is configured)'}`,
    next: 'Add it to PERENNIAL_COMMANDS of every worker and start them again, or correct the spec.',
  });
}

/** The last line comes first: it says what is wrong in most languages, and whoever shows the error may cut its end. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/\r?\n/).map((line) => line.trim());
  const text = lines
    .filter((line) => line !== '')
    .reverse()
    .join(' | ');
  if (text === '') return 'It wrote nothing to standard error.';
  return `The end of its standard error, last line first: ${clip(text, SHOWN)}`;
}
