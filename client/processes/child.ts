import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PerennialError } from '../../domain/errors.js';
import { isCompiled, projectRoot } from '../servers/project-root.js';

/** A process of ours to start by its entry point. */
export interface ChildOptions {
  /** For messages: `worker`, `serving`. */
  readonly name: string;
  /** Entry point below the project's root, e.g. `worker/main.ts`. */
  readonly entry: string;
  /** Added to this process's environment; undefined removes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where standard output and standard error go. Appended. */
  readonly logFile: string;
  /** The `event` of the JSON line on standard output that says it is ready. */
  readonly readyEvent: string;
  /** @default 60000 */
  readonly readyWithinMs?: number;
}

/** A running process of ours. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The readiness line, parsed. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it has ended, however that came about. */
  readonly ended: Promise<void>;
  /** False once it has ended. */
  running(): boolean;
  /** SIGTERM, then SIGKILL after `graceMs` (default 10000); resolves when it has ended. Twice is fine. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL at once, as a crash would; resolves when it has ended. */
  kill9(): Promise<void>;
}

const children = new Set<ChildProcess>();

// No process of ours outlives this one, also when it ends by an error that nobody caught.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Starts a process and waits for its readiness line. Throws `process-not-ready` with the last lines of its log when it ends or
 * stays silent before that; nothing is left running then.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const child = spawn(process.execPath, nodeArguments(options.entry), {
    cwd: isCompiled ? process.cwd() : projectRoot(),
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group: Ctrl-C reaches this process only, which then stops the others in order.
    detached: true,
  });
  children.add(child);
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      children.delete(child);
      log.end(resolve);
    };
    child.once('close', end);
    child.once('error', end);
  });
  try {
    const ready = await readiness(child, ended, options);
    return handleOf(child, options.name, ready, ended);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Arguments with which Node runs an entry point of the project: from its source, or compiled, as this is. */
export function nodeArguments(entry: string): string[] {
  const follow = join(import.meta.dirname, 'follow-parent.mjs');
  if (isCompiled) {
    const compiled = join(projectRoot(), 'dist', entry.replace(/\.ts$/, '.js'));
    return ['--import', follow, compiled];
  }
  const tsx = import.meta.resolve('tsx');
  return ['--enable-source-maps', '--import', tsx, '--import', follow, join(projectRoot(), entry)];
}

function handleOf(child: ChildProcess, name: string, ready: Child['ready'], ended: Promise<void>): Child {
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    ended,
    running,
    async stop(graceMs = 10_000) {
      if (!running()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill9() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function readiness(
  child: ChildProcess,
  ended: Promise<void>,
  options: ChildOptions,
): Promise<Child['ready']> {
  const { readyWithinMs = 60_000, readyEvent } = options;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(notReady(options, `said nothing for ${readyWithinMs / 1000} s`));
    }, readyWithinMs);
    void ended.then(() => {
      clearTimeout(timer);
      reject(notReady(options, `ended with ${child.signalCode ?? `code ${String(child.exitCode)}`}`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = parseLine(line);
      if (said?.['event'] !== readyEvent) return;
      clearTimeout(timer);
      resolve(said);
    });
  });
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // a log line that is not JSON says nothing about readiness
  }
}

/** What a line of a log says, without what it is about. */
function wordsOf(line: string): string {
  const words = parseLine(line)?.['msg'];
  return typeof words === 'string' ? words : line;
}

function notReady(options: ChildOptions, how: string): PerennialError {
  const lines = readFileSync(options.logFile, 'utf8').trim().split('\n').slice(-3);
  const tail = lines.map(wordsOf).join(' | ').slice(-600);
  return new PerennialError({
    type: 'process-not-ready',
    thing: options.name,
    allowed: `a process that says it is ready (it ${how}${tail === '' ? '' : `: ${tail}`})`,
    next: `Read ${options.logFile}.`,
  });
}
