import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { PerennialError } from '../../domain/errors.js';

const HOST = '127.0.0.1';

// Below the ports that systems give to outgoing connections (from 32768 on Linux). One of those may be taken at any moment by a
// connection of any program, even by the very one that asks whether our server answers yet: it then reaches itself.
const FIRST_PORT = 10_000;
const PAST_LAST_PORT = 32_768;
const TRIES = 100;

/** A port of the loopback address that was free a moment ago. Another process may take it: whoever uses it tries again. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const port = randomInt(FIRST_PORT, PAST_LAST_PORT);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port on ${HOST} among ${TRIES} tried; stop programs that listen on many`);
}

/** Whether nothing listens on this port of the loopback address; false for a number that is no port. */
export async function isPortFree(port: number): Promise<boolean> {
  if (!Number.isSafeInteger(port) || port < 1 || port > 65_535) return false;
  return await canListen(port);
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

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
