import { spawn } from 'node:child_process';

const KEEP_CHARACTERS = 64_000;

/** How to run a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** After so many milliseconds the command is killed. */
  readonly timeoutMs: number;
  /** Kills the command when it aborts. */
  readonly signal?: AbortSignal;
}

/** How a command ended. */
export interface CommandResult {
  /** Exit code; null when it was killed or could not be started. */
  readonly code: number | null;
  /** The last 64,000 characters it wrote to standard output. */
  readonly stdout: string;
  /** The last 64,000 characters it wrote to standard error, or why it could not be started. */
  readonly stderr: string;
  /** True when it was killed by the time limit or the signal. */
  readonly killed: boolean;
}

/** Runs a command to its end. Never throws: a program that is missing or broken is a result with code null. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    let killed = false;
    const kill = (): void => {
      killed = child.kill('SIGKILL');
    };
    const timer = setTimeout(kill, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    const end = (code: number | null): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      resolve({ code, ...text, killed });
    };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        text[stream] = (text[stream] + chunk).slice(-KEEP_CHARACTERS);
      });
    }
    child.on('error', (error) => {
      text.stderr += error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/** What a failed command said, on one line: its last lines of standard error, or how it ended. */
export function failureOf(result: CommandResult): string {
  const said = result.stderr.trim().split('\n').slice(-3).join('; ').trim();
  if (result.killed) return `it did not end in time${said === '' ? '' : ` (${said})`}`;
  return said === '' ? `it ended with code ${result.code}` : said;
}
