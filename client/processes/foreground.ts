import { spawn } from 'node:child_process';
import { isCompiled, projectRoot } from '../servers/project-root.js';
import { nodeArguments } from './child.js';

/**
 * Runs one of our processes in the foreground, as `perennial worker` and `perennial serve` do: its output is ours, signals are
 * passed on, and its exit code is given back (128 + 15 when it was killed).
 */
export function runInForeground(
  entry: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, nodeArguments(entry), {
      cwd: isCompiled ? process.cwd() : projectRoot(),
      env: { ...process.env, ...env },
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
    });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, pass);
    const kill = (): void => void child.kill('SIGKILL');
    process.on('exit', kill);
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of signals) process.off(signal, pass);
      process.off('exit', kill);
      resolve(code ?? 143);
    });
  });
}
