import { join } from 'node:path';
import { readPayloadKeys } from '../../storage/payloads/payload-keys.js';
import { freePort } from '../servers/free-port.js';
import { startChild, type Child } from './child.js';

/** A codec server beside a dev server of our own. */
export interface CodecChild extends Child {
  readonly url: string;
  /** The port that the Web UI must take: only its pages may call. */
  readonly uiPort: number;
}

/**
 * Starts a codec server for the Web UI of this machine when the environment holds payload keys; gives undefined otherwise. `uiPort` 0
 * or absent chooses a free one for the Web UI. Throws `payload-keys-invalid`.
 */
export async function startCodecServer(
  state: string,
  uiPort: number | undefined,
): Promise<CodecChild | undefined> {
  if (readPayloadKeys(process.env).first === undefined) return undefined;
  const port = uiPort === undefined || uiPort === 0 ? await freePort() : uiPort;
  const child = await startChild({
    name: 'codec server',
    entry: 'client/codec-server/main.ts',
    logFile: join(state, 'logs', 'codec-server.log'),
    readyEvent: 'listening',
    env: {
      PERENNIAL_CODEC_HOST: '127.0.0.1',
      PERENNIAL_CODEC_PORT: '0',
      PERENNIAL_CODEC_TOKEN: undefined,
      PERENNIAL_CODEC_ORIGINS: `http://127.0.0.1:${port},http://localhost:${port}`,
    },
  });
  return { ...child, url: String(child.ready['url']), uiPort: port };
}
