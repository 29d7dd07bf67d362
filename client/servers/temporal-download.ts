import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { elapsedSince, reportWhile } from './progress.js';
import { projectRoot } from './project-root.js';
import type { FetchProgram } from './provision.js';
import { failureOf, runCommand } from './run-command.js';
import { TEMPORAL_CLI_VERSION } from './temporal-version.js';

// The SDK downloads only together with a start, so it starts the server once and stops it again. It runs in a process of
// its own, because its download has no deadline and cannot be cancelled.
const DOWNLOAD = `
  import { TestWorkflowEnvironment } from '@temporalio/testing';
  const [downloadDir, version] = process.argv.slice(1);
  const executable = { type: 'cached-download', downloadDir, version };
  try {
    const env = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await env.teardown();
  } catch (error) {
    console.error(error.message.split(': error sending')[0]);
    console.error(error.message.split(': ').slice(-2).join(': '));
    process.exit(1);
  }
`;
const LIMIT_MS = 15 * 60_000;

/**
 * The download that the Temporal SDK makes (from temporal.download; it follows HTTPS_PROXY). Gives up when nothing has arrived
 * for 20 seconds: some networks drop packets instead of refusing.
 */
export const downloadWithSdk: FetchProgram = downloader({ script: DOWNLOAD, stalledMs: 20_000 });

/**
 * A download by a Node script that gets a folder and a version as arguments and writes `temporal…` there, under a name that ends
 * in `.downloading` until it is whole. It is killed when nothing has arrived for `stalledMs`.
 */
export function downloader({ script, stalledMs }: { script: string; stalledMs: number }): FetchProgram {
  return async ({ folder, env, progress }) => {
    const start = performance.now();
    progress(`downloading the Temporal server ${TEMPORAL_CLI_VERSION} (about 50 MB, once per machine)`);
    const stall = new AbortController();
    const watch = setInterval(abortWhenStalled({ folder, stalledMs, stall }), Math.min(stalledMs, 1000));
    const args = ['--input-type=module', '--eval', script, folder, `v${TEMPORAL_CLI_VERSION}`];
    const options = { cwd: projectRoot(), env, timeoutMs: LIMIT_MS, signal: stall.signal };
    const work = runCommand(process.execPath, args, options).finally(() => clearInterval(watch));
    const line = (elapsed: string): string =>
      `downloading the Temporal server: ${megabytes(folder)} MB after ${elapsed}`;
    const result = await reportWhile(work, { progress, line });
    // The file counts, not how the process ended: it also tries to start the server, with a short deadline.
    const file = downloaded(folder);
    if (file === undefined) throw new Error(`nothing came in ${elapsedSince(start)}: ${failureOf(result)}`);
    chmodSync(file, 0o755);
    return file;
  };
}

interface Watch {
  readonly folder: string;
  readonly stalledMs: number;
  readonly stall: AbortController;
}

function abortWhenStalled({ folder, stalledMs, stall }: Watch): () => void {
  let last = { bytes: -1, at: performance.now() };
  return () => {
    const bytes = sizeOf(folder);
    if (bytes !== last.bytes) last = { bytes, at: performance.now() };
    if (downloaded(folder) === undefined && performance.now() - last.at > stalledMs) stall.abort();
  };
}

function downloaded(folder: string): string | undefined {
  const name = files(folder).find((file) => file.startsWith('temporal') && !file.endsWith('.downloading'));
  return name === undefined ? undefined : join(folder, name);
}

function files(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function sizeOf(folder: string): number {
  return files(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function megabytes(folder: string): number {
  return Math.round(sizeOf(folder) / 1e6);
}
