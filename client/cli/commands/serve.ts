import { resolveStore } from '../../../storage/objects/open-store.js';
import { runInForeground } from '../../processes/foreground.js';
import { portNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';

interface ServeFlags {
  readonly store?: string;
  readonly host?: string;
  readonly port?: number;
}

/** `perennial serve` */
export function addServe(cli: Cli): void {
  cli.add<ServeFlags>({
    usage: 'serve',
    summary: 'a serving replica, in the foreground',
    details: 'Any address but loopback needs PERENNIAL_SERVING_TOKEN.',
    example: 'PERENNIAL_STORE=/srv/perennial perennial serve --port 8080',
    connects: false,
    flags: (command) =>
      command
        .option('--store <address>', 'object store: a folder or s3://bucket/prefix (PERENNIAL_STORE)')
        .option('--host <address>', 'address to listen on (PERENNIAL_SERVING_HOST, 127.0.0.1)')
        .option('--port <port>', 'port to listen on, 0 for a free one (PORT)', portNumber),
    action: async (_, __, { store, host, port }) => {
      const code = await runInForeground('serving/main.ts', {
        ...(store !== undefined && { PERENNIAL_STORE: resolveStore(store) }),
        ...(host !== undefined && { PERENNIAL_SERVING_HOST: host }),
        ...(port !== undefined && { PORT: String(port) }),
      });
      return code === 0 ? EXIT.ok : EXIT.error;
    },
  });
}
