import { PerennialError } from '../domain/errors.js';
import { readWorkerConfig } from './config.js';
import { runWorker } from './run-worker.js';

// Entry point of a worker process. Prints one JSON line when it polls; exits 1 with one line when it cannot start.
try {
  await runWorker(readWorkerConfig(process.env), () => {
    process.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid })}\n`);
  });
} catch (error) {
  const text =
    error instanceof PerennialError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`worker stopped: ${text}\n`);
  process.exitCode = 1;
}
