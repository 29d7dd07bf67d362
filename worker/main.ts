import { createLog } from '../telemetry/log.js';
import { readWorkerConfig, type WorkerConfig } from './config.js';
import { runWorker, STOP_SIGNALS } from './run-worker.js';

// Entry point of a worker process. Prints one JSON line when it polls; exits 1 with one line of its log when it cannot start, or when what
// it was doing did not end in time.
const quit = (): never => process.exit(143);

// Before it polls it has nothing to finish; afterwards a signal lets it.
for (const signal of STOP_SIGNALS) process.on(signal, quit);
const log = createLogOrEnd();
try {
  const config = readWorkerConfig(process.env);
  await runWorker(config, log, ({ current, metrics, plugins }) => {
    for (const signal of STOP_SIGNALS) process.off(signal, quit);
    process.stdout.write(
      `${JSON.stringify({ event: 'ready', pid: process.pid, ...buildOf(config, current), metrics, plugins })}\n`,
    );
  });
  // A collector that does not answer must not keep what is done from ending.
  process.exit();
} catch (error) {
  log.fatal({ err: error }, `worker stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

/** Without a log there is one line as it is. */
function createLogOrEnd(): ReturnType<typeof createLog> {
  try {
    return createLog('worker');
  } catch (error) {
    process.stderr.write(`worker stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function buildOf({ deployment }: WorkerConfig, current: string | undefined) {
  if (deployment === undefined) return {};
  const { name, build } = deployment;
  if (current !== build)
    log.info(
      `build ${build} waits: ${current ?? 'no build'} is current in ${name}; \`perennial upgrade ${build}\` changes that`,
    );
  return { build, current };
}
