import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PerennialError } from '../../domain/errors.js';

const GENTLE_MS = 10_000;
const POLL_MS = 50;

// Reads a pipe that only the starting process holds open. It closes when that process ends in any way, kill -9 included;
// then the server is asked to end, and made to after ten seconds.
const WATCHDOG = `
  cat >/dev/null
  kill -TERM "$1" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || exit 0; sleep 1; done
  kill -KILL "$1" 2>/dev/null
`;

/** A server that this process starts. */
export interface ServerCommand {
  /** For errors: `Temporal server`. */
  readonly thing: string;
  /** Type of the error when it does not start, e.g. `temporal-did-not-start`. */
  readonly errorType: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard output and error are appended here. */
  readonly logFile: string;
}

/**
 * A server in a process of its own, which ends with ours. It does not get the terminal's Ctrl-C: whoever uses it shuts down first
 * and stops it last. Neither it nor its watchdog keeps this process alive.
 */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #names: Pick<ServerCommand, 'thing' | 'errorType'>;
  readonly #logStart: number;
  /** Resolves when the server is gone. */
  readonly ended: Promise<void>;
  #watchdog: ChildProcess | undefined;
  #startError: Error | undefined;

  constructor({ command, args, env, logFile, ...names }: ServerCommand) {
    const log = openSync(logFile, 'a');
    this.#names = names;
    this.#logFile = logFile;
    this.#logStart = readFileSync(logFile).length;
    this.#child = spawn(command, args, {
      // What encrypts payloads is kept from the server that stores them.
      env: { ...process.env, PERENNIAL_PAYLOAD_KEYS: undefined, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child.unref();
    this.ended = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', (error) => {
        this.#startError = error;
        resolve();
      });
    }).then(() => {
      this.#watchdog?.kill('SIGKILL'); // before the process id can belong to another
    });
  }

  /** The process id, once it runs and is watched. */
  async started(): Promise<number> {
    const { pid } = this.#child;
    if (pid === undefined) {
      await this.ended;
      throw this.#failure(this.#startError?.message ?? 'it could not be started');
    }
    this.#watchdog = watch(pid);
    return pid;
  }

  /** Resolves when something accepts connections on this port of the loopback address; ends the server when it is too late. */
  async answersOn(port: number, deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    while (!(await accepts(port))) {
      if (this.#hasEnded()) throw this.#failure('it ended at once');
      if (performance.now() > end) {
        await this.kill();
        throw this.#failure(`nothing answered on port ${port} within ${deadlineMs / 1000} s`);
      }
      await sleep(POLL_MS);
    }
    // Another program may listen there, so that ours gave up.
    if (this.#hasEnded()) throw this.#failure('it ended at once');
  }

  /** The outcome of `work`, which needs the server; fails at once, with the end of its log, when the server ends before. */
  async whileItRuns<T>(work: Promise<T>): Promise<T> {
    const gone = this.ended.then((): never => {
      throw this.#failure('it ended soon after');
    });
    return await Promise.race([work, gone]);
  }

  /** Ends it gently, by force after 10 seconds. */
  async stop(): Promise<void> {
    this.#child.ref(); // the caller waits for it
    if (!this.#hasEnded()) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GENTLE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    this.#child.ref();
    if (!this.#hasEnded()) this.#child.kill('SIGKILL');
    await this.ended;
  }

  #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #failure(what: string): PerennialError {
    const said = readFileSync(this.#logFile).subarray(this.#logStart).toString('utf8').trim();
    const last = said.split('\n').at(-1) ?? '';
    return new PerennialError({
      type: this.#names.errorType,
      thing: this.#names.thing,
      allowed: `it to start, but ${what}${last === '' ? '' : ` (${last})`}`,
      next: `Read ${this.#logFile}, and run \`perennial doctor\`.`,
      retryable: true,
    });
  }
}

function watch(pid: number): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => undefined); // no shell: the server is still stopped by stop()
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  return watchdog;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
