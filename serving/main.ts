import { pino } from 'pino';
import { readConfig } from './config.js';
import { startServing } from './server.js';

/** Entry point of the serving process: configuration from the environment, logs on standard error, one line when ready. */
async function main(): Promise<void> {
  const log = pino(
    { name: 'serving', level: process.env['PERENNIAL_LOG_LEVEL'] ?? 'info' },
    pino.destination(2),
  );
  const server = await startServing(readConfig(process.env), log);
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    server.close().then(end, (error: unknown) => {
      log.error({ err: error }, 'stopped badly');
      process.exitCode = 1;
      end(true);
    });
  };
  // `process.exit` waits for threads, for ever when one hangs in native code.
  const end = (ended: boolean): void => {
    if (ended) process.exit();
    process.kill(process.pid, 'SIGKILL');
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Ready is said last: whoever waits for it may ask for the end at once.
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: server.url })}\n`);
  server.warm();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
