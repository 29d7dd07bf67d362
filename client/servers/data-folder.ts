import { PerennialError } from '../../domain/errors.js';
import { acquireLock, isLock, type FileLock } from './file-lock.js';
import type { Progress } from './progress.js';

const HANDOVER_MS = 15_000;

/** A folder that one server may use at a time. */
export interface DataFolder {
  readonly dataDir: string;
  /** The file that is the lock. */
  readonly lockFile: string;
  /** For errors: `Temporal`. */
  readonly server: string;
  /** Type of the error: `temporal-already-running`. */
  readonly errorType: string;
  /** The setting that names a server that runs already: `TEMPORAL_ADDRESS`. */
  readonly setting: string;
}

/** Makes a folder ours for one server, or throws a {@link PerennialError} that says which process has it. */
export async function lockDataFolder(folder: DataFolder, progress: Progress): Promise<FileLock> {
  const { dataDir, server } = folder;
  // A server whose starter was just killed needs a moment to notice.
  const result = await acquireLock(folder.lockFile, {
    waitMs: HANDOVER_MS,
    onWait: ({ pid }) => progress(`process ${pid} holds ${dataDir}; waiting for it to end`),
  });
  if (isLock(result)) return result;
  const at = result.note['address'];
  throw new PerennialError({
    type: folder.errorType,
    thing: `${server} data folder`,
    value: dataDir,
    allowed: `a folder that no other server uses (process ${result.pid} does${at === undefined ? '' : `, at ${at}`})`,
    next: `Use that server${at === undefined ? '' : ` with ${folder.setting}=${at}`}, stop it, or choose another folder.`,
  });
}
