import { PerennialError } from '../domain/errors.js';
import { readWorkerConfig, type WorkerConfig } from './config.js';
import { runWorker, STOP_SIGNALS } from './run-worker.js';

// Entry point of a worker process. Prints one JSON line when it polls; exits 1 with one line when it cannot start, or when what it was
// doing did not end in time.
const quit = (): never => process.exit(143);
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

// Before it polls it has nothing to finish; afterwards a signal lets it.
for (const signal of STOP_SIGNALS) process.on(signal, quit);
try {
  const config = readWorkerConfig(process.env);
  await runWorker(config, ({ current, metrics }) => {
    for (const signal of STOP_SIGNALS) process.off(signal, quit);
    process.stdout.write(
      `${JSON.stringify({ event: 'ready', pid: process.pid, ...buildOf(config, current), metrics })}\n`,
    );
  });
} catch (error) {
  say(`worker stopped: ${textOf(error)}`);
  process.exit(1);
}

function buildOf({ deployment }: WorkerConfig, current: string | undefined) {
  if (deployment === undefined) return {};
  const { name, build } = deployment;
  if (current !== build)
    say(
      `build ${build} waits: ${current ?? 'no build'} is current in ${name}; \`perennial upgrade ${build}\` changes that`,
    );
  return { build, current };
}

function textOf(error: unknown): string {
  if (error instanceof PerennialError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
