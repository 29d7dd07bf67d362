import type { Logger } from 'pino';
import { createLog } from '../telemetry/log.js';
import { packageVersion } from '../telemetry/package-version.js';
import { startTraces, type Traces } from '../telemetry/traces.js';
import { readConfig } from './config.js';
import type { RequestTraces } from './request-traces.js';
import { startServing } from './server.js';

/** Entry point of the serving process: configuration from the environment, logs on standard error, one line when ready. */
async function main(log: Logger): Promise<void> {
  const config = readConfig(process.env);
  const traced = { service: 'perennial-serving', version: packageVersion(), env: process.env, log };
  const traces = await startTraces(traced);
  const server = await startServing(config, log, traces && (await requestTraces(traces)));
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    const closed = server.close().finally(() => traces?.close());
    closed.then(end, (error: unknown) => {
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

async function requestTraces(traces: Traces): Promise<RequestTraces> {
  const { createRequestTraces } = await import('./traced-requests.js');
  return createRequestTraces(traces);
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  const log = createLog('serving');
  main(log).catch((error: unknown) => {
    log.fatal({ err: error }, reason(error));
    process.exitCode = 1;
  });
} catch (error) {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
}
