import { resolve } from 'node:path';
import { resolveStore } from '../../../storage/objects/open-store.js';
import { runInForeground } from '../../processes/foreground.js';
import { portNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';

interface ServeFlags {
  readonly store?: string;
  readonly host?: string;
  readonly port?: number;
  readonly spool?: string;
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
        .option('--port <port>', 'port to listen on, 0 for a free one (PORT)', portNumber)
        .option(
          '--spool <folder>',
          'what this replica alone keeps (PERENNIAL_SPOOL, serving/ in PERENNIAL_HOME)',
        ),
    action: async ({ io }, __, { store, host, port, spool }) => {
      const home = io.env['PERENNIAL_HOME'] ?? '.perennial';
      const code = await runInForeground('serving/main.ts', {
        ...(store !== undefined && { PERENNIAL_STORE: resolveStore(store) }),
        ...(host !== undefined && { PERENNIAL_SERVING_HOST: host }),
        ...(port !== undefined && { PORT: String(port) }),
        PERENNIAL_SPOOL: resolve(spool ?? io.env['PERENNIAL_SPOOL'] ?? `${home}/serving`),
      });
      return code === 0 ? EXIT.ok : EXIT.error;
    },
  });
}
