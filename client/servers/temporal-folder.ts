import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { acquireLock, isLock, lockHolder, type FileLock } from './file-lock.js';
import type { Progress } from './progress.js';

const LOCK_FILE = 'temporal.lock';
const HANDOVER_MS = 15_000;

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

/** Makes this folder ours for one server, or throws a {@link PerennialError} that says which process has it. */
export async function lockFolder(dataDir: string, progress: Progress): Promise<FileLock> {
  // A server whose starter was just killed needs a moment to notice.
  const result = await acquireLock(join(dataDir, LOCK_FILE), {
    waitMs: HANDOVER_MS,
    onWait: ({ pid }) => progress(`process ${pid} holds ${dataDir}; waiting for it to end`),
  });
  if (isLock(result)) return result;
  const at = result.note['address'];
  throw new PerennialError({
    type: 'temporal-already-running',
    thing: 'Temporal data folder',
    value: dataDir,
    allowed: `a folder that no other server uses (process ${result.pid} does${at === undefined ? '' : `, at ${at}`})`,
    next: `Use that server${at === undefined ? '' : ` with TEMPORAL_ADDRESS=${at}`}, stop it, or choose another folder.`,
  });
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
