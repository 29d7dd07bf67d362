import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataFolder } from './data-folder.js';
import { lockHolder, type FileLock } from './file-lock.js';
import type { Progress } from './progress.js';

const LOCK_FILE = 'temporal.lock';

/** Where a running dev server is. */
export interface TemporalServerPlace {
  /** `host:port` of gRPC. */
  readonly address: string;
  /** Web UI. */
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
}

/** The dev server that runs on this folder now, whoever started it; undefined when none does. */
export function runningTemporalServer(dataDir: string): TemporalServerPlace | undefined {
  const holder = lockHolder(join(dataDir, LOCK_FILE));
  const { address, uiUrl, namespace } = holder?.note ?? {};
  if (holder === undefined || address === undefined || uiUrl === undefined || namespace === undefined)
    return undefined;
  return { address, uiUrl, namespace, pid: holder.pid };
}

/** Makes this folder ours for one server, or throws `temporal-already-running`, which says which process has it. */
export function lockFolder(dataDir: string, progress: Progress): Promise<FileLock> {
  const lockFile = join(dataDir, LOCK_FILE);
  const names = { server: 'Temporal', errorType: 'temporal-already-running', setting: 'TEMPORAL_ADDRESS' };
  return lockDataFolder({ dataDir, lockFile, ...names }, progress);
}

/**
 * The SQLite file of a server version in this folder. Named after the version, for a server never changes the layout of an existing
 * file. Says so when the folder holds only files of other versions.
 */
export function databaseFile(dataDir: string, server: string, progress: Progress): string {
  const name = `temporal-${server}.sqlite`;
  const files = readdirSync(dataDir).filter((file) => /^temporal-.*\.sqlite$/.test(file));
  const [other] = files;
  if (other !== undefined && !files.includes(name)) {
    progress(
      `${dataDir} holds ${other}, of another server version: its workflows do not go on under ${server}`,
    );
  }
  return join(dataDir, name);
}
