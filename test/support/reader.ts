import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../client/servers/free-port.js';
import type { S3Environment } from '../../client/servers/s3-server.js';

const root = join(import.meta.dirname, '../..');

// `up` and `worker` of a page run until they are stopped: here in the background, waited for until they say that they are ready.
const COMMAND = (node: string) => `#!/bin/bash
run=(${node} --import ${root}/node_modules/tsx/dist/loader.mjs ${root}/client/cli/main.ts)
case "$1" in up) extra="$UP_FLAGS" ;; worker) extra="" ;; *) exec "\${run[@]}" "$@" ;; esac
log="$HOWTO/$1.log"
setsid "\${run[@]}" "$@" $extra > "$log" 2>&1 < /dev/null &
echo $! >> "$HOWTO/pids"
until grep -qE 'is up|"event":"ready"|worker .*ready|polls' "$log"; do kill -0 $! || { cat "$log"; exit 1; }; sleep 0.2; done
`;

/** Somebody who follows the pages in a folder of their own, at a terminal with `perennial`. */
export interface Reader {
  /** Types a block; gives what was printed, and whether it went well. */
  types(block: string): Promise<{ ok: boolean; said: string }>;
  /** Ctrl-C where `up` or `worker` runs. */
  stops(): Promise<void>;
}

/** A reader whose servers take free ports, and who has an S3 server of their own where the pages name one. */
export async function startReader(folder: string, s3: S3Environment): Promise<Reader> {
  const own = join(folder, '.how-to');
  mkdirSync(own, { recursive: true });
  const command = join(own, 'perennial');
  writeFileSync(command, COMMAND(process.execPath));
  chmodSync(command, 0o755);
  const [port, ui, serving] = [await freePort(), await freePort(), await freePort()];
  const terminal: NodeJS.ProcessEnv = {
    ...process.env,
    HOWTO: own,
    NO_COLOR: '1',
    PATH: `${own}:${process.env['PATH'] ?? ''}`,
    PERENNIAL_BY: 'ada',
    UP_FLAGS: `--port ${port} --ui-port ${ui} --serving-port ${serving} --approvers ml-leads=ada`,
    TEMPORAL_ADDRESS: undefined,
  };
  const local = (block: string): string =>
    block
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${serving}`)
      .replaceAll('http://127.0.0.1:7070', s3.AWS_ENDPOINT_URL_S3)
      .replaceAll('AWS_ACCESS_KEY_ID=…', `AWS_ACCESS_KEY_ID=${s3.AWS_ACCESS_KEY_ID}`)
      .replaceAll('AWS_SECRET_ACCESS_KEY=…', `AWS_SECRET_ACCESS_KEY=${s3.AWS_SECRET_ACCESS_KEY}`);
  const types: Reader['types'] = (block) =>
    new Promise((resolve) => {
      const script = `set -euo pipefail\n${local(block)}`;
      execFile('bash', ['-c', script], { cwd: folder, env: terminal }, (error, out, noted) =>
        resolve({ ok: error === null, said: `${out}${noted}` }),
      );
    });
  return { types, stops: () => stop(join(own, 'pids')) };
}

async function stop(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
  writeFileSync(file, '');
  for (const pid of pids.filter((one) => one > 0)) {
    signal(pid, 'SIGINT');
    while (signal(pid, 0)) await wait(100);
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
