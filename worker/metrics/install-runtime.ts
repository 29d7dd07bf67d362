import { randomInt } from 'node:crypto';
import { Runtime, type RuntimeOptions } from '@temporalio/worker';

const HOST = '127.0.0.1';
// Below the ports that systems give to outgoing connections.
const FIRST_PORT = 10_000;
const PAST_LAST_PORT = 32_768;
const TRIES = 50;

/**
 * Installs the Temporal runtime of this process, and with `measured` its Prometheus exporter on a port of loopback, which our own
 * `/metrics` reads and passes on: it knows neither tokens nor our metrics. Gives its address. The exporter itself takes the port, so
 * that none that was free a moment ago is taken twice; it cannot choose one by itself. Throws what the runtime throws.
 */
export function installRuntime(options: RuntimeOptions, measured: boolean): string | undefined {
  if (!measured) {
    Runtime.install(options);
    return undefined;
  }
  for (let attempt = 1; ; attempt++) {
    const bindAddress = `${HOST}:${randomInt(FIRST_PORT, PAST_LAST_PORT)}`;
    try {
      Runtime.install({
        ...options,
        telemetryOptions: { ...options.telemetryOptions, metrics: exporter(bindAddress) },
      });
      return `http://${bindAddress}/metrics`;
    } catch (error) {
      if (attempt === TRIES || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/** Names and units as Prometheus wants them: `…_total`, `…_seconds`. */
const exporter = (bindAddress: string) => ({
  prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
});
