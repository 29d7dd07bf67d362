import { createServer } from 'node:net';
import { PerennialError } from '../../domain/errors.js';

const HOST = '127.0.0.1';

/** A port of the loopback address that was free a moment ago. Another process may take it: whoever uses it tries again. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined)
    throw new Error(`no free port on ${HOST}; close programs that hold many connections`);
  return port;
}

/** Whether nothing listens on this port of the loopback address; false for a number that is no port. */
export async function isPortFree(port: number): Promise<boolean> {
  if (!Number.isSafeInteger(port) || port < 1 || port > 65_535) return false;
  return (await listenOnce(port)) !== undefined;
}

/** Throws a {@link PerennialError} when something listens on a port that was asked for. Nothing was asked: nothing is refused. */
export async function refuseTakenPort(thing: string, port: number | undefined): Promise<void> {
  if (port === undefined || (await isPortFree(port))) return;
  throw new PerennialError({
    type: 'port-taken',
    thing,
    value: port,
    allowed: `a free port of ${HOST}, 1 to 65535`,
    next: 'Choose another, or stop the program that listens there.',
  });
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      const bound = address !== null && typeof address === 'object' ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
