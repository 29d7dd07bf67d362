import { runInForeground } from '../../processes/foreground.js';
import { collect, portNumber } from '../arguments.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';

interface CodecFlags {
  readonly host?: string;
  readonly port?: number;
  readonly origin?: string[];
}

/** `perennial codec-server` */
export function addCodecServer(cli: Cli): void {
  cli.add<CodecFlags>({
    usage: 'codec-server',
    summary: 'decrypts for the Web UI and the temporal CLI',
    details:
      'Needs PERENNIAL_PAYLOAD_KEYS. Any address but loopback needs PERENNIAL_CODEC_TOKEN. `perennial up` starts one by itself.',
    example: 'perennial codec-server --origin https://temporal.example.com',
    connects: false,
    flags: (command) =>
      command
        .option('--host <address>', 'address to listen on (PERENNIAL_CODEC_HOST, 127.0.0.1)')
        .option('--port <port>', 'port, 0 for a free one (PERENNIAL_CODEC_PORT, 8234)', portNumber)
        .option(
          '--origin <url>',
          'Web UI that may call; may be repeated (PERENNIAL_CODEC_ORIGINS, http://127.0.0.1:8233)',
          collect,
        ),
    action: async (_, __, { host, port, origin }) => {
      const code = await runInForeground('client/codec-server/main.ts', {
        ...(host !== undefined && { PERENNIAL_CODEC_HOST: host }),
        ...(port !== undefined && { PERENNIAL_CODEC_PORT: String(port) }),
        ...(origin !== undefined && { PERENNIAL_CODEC_ORIGINS: origin.join(',') }),
      });
      return code === 0 ? EXIT.ok : EXIT.error;
    },
  });
}
