import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { watchMemory } from './group-memory.js';
import { lineReader, textTail } from './output.js';

/** One run of a program. */
export interface ProgramRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** @format milliseconds */
  readonly timeoutMs: number;
  /** Of the program and its children together. @format mebibytes @default no limit */
  readonly memoryMb?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears each line of standard output. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Why a program ended. */
export type HowEnded =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'not-started'; readonly reason: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'memory' };

/** How a program ended and the end of what it wrote to standard error, 4,000 characters at most. */
export interface ProgramEnd {
  readonly how: HowEnded;
  readonly stderr: string;
}

/** From the polite signal to the one that cannot be refused. @format milliseconds */
const GRACE_MS = 3000;
/** How much longer a program's pipes are read when something outside its group holds them open. @format milliseconds */
const DRAIN_MS = 1000;

const outcomeSchema = z.union([
  z.object({ code: z.number().int() }).transform(({ code }) => ({ kind: 'exit' as const, code })),
  z.object({ signal: z.string() }).transform(({ signal }) => ({ kind: 'signal' as const, signal })),
  z.object({ notStarted: z.string() }).transform(({ notStarted }) => ({
    kind: 'not-started' as const,
    reason: notStarted,
  })),
]);

/**
 * Runs a program in a process group of its own and waits until it has ended; every process of the group has ended then, too. Aborted,
 * timed out or too large, it gets SIGTERM and three seconds later SIGKILL. The same happens when this process dies, however.
 *
 * Throws the signal's reason when it is aborted, and nothing else: every end of the program is an answer.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  run.signal?.throwIfAborted();
  const supervisor = fileURLToPath(new URL('supervise-program.mjs', import.meta.url));
  const child = spawn(process.execPath, [supervisor, String(GRACE_MS), run.command, ...run.args], {
    ...{ cwd: run.cwd, env: run.env, detached: true },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const stderr = textTail(child.stderr, 4000);
  const outcome = textTail(readable(child, 3), 1000);
  lineReader(child.stdout, run.onLine ?? (() => undefined));
  let unstarted: HowEnded | undefined;
  child.on('error', (error) => {
    unstarted = { kind: 'not-started', reason: error.message };
  });
  const stop = stopping(run, child);
  try {
    await ended(child);
  } finally {
    stop.release();
    killGroup(child);
  }
  run.signal?.throwIfAborted();
  return { how: stop.why() ?? unstarted ?? howEnded(outcome.text()), stderr: stderr.text() };
}

/** Without a word of its supervisor, both were killed. */
function howEnded(outcome: string): HowEnded {
  try {
    return outcomeSchema.parse(JSON.parse(outcome));
  } catch {
    return { kind: 'signal', signal: 'SIGKILL' };
  }
}

/** What stops the program before its own end; `why` tells which it was. */
function stopping({ signal, timeoutMs, memoryMb }: ProgramRun, child: ChildProcess) {
  let why: HowEnded | undefined;
  const stop = (): void => {
    child.stdin?.destroy();
  };
  const because = (how: HowEnded) => (): void => {
    why ??= how;
    stop();
  };
  // The supervisor may be gone already.
  child.stdin?.on('error', () => undefined);
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(because({ kind: 'timeout' }), timeoutMs);
  const memory = watchMemory(child.pid, memoryMb, because({ kind: 'memory' }));
  return {
    why: () => why,
    release(): void {
      clearTimeout(timer);
      memory.close();
      signal?.removeEventListener('abort', stop);
      stop();
    },
  };
}

/** The supervisor's end, and what its pipes still hold. */
async function ended(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close').catch(() => undefined);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit').catch(() => undefined);
  const late = AbortSignal.timeout(DRAIN_MS);
  await Promise.race([closed, once(late, 'abort')]);
}

/** The group ends with its supervisor; this is for the day on which somebody killed only that. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

function readable(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream !== null && stream !== undefined && 'read' in stream) return stream;
  throw new TypeError(`file descriptor ${descriptor} is no pipe`);
}
