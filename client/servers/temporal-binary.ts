import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { acquireLock, isLock } from './file-lock.js';
import {
  binFolder,
  cachedTemporalPath,
  findTemporalBinary,
  type BinarySource,
  type SkippedBinary,
  type TemporalBinary,
} from './find-temporal.js';
import { silent, type Progress } from './progress.js';
import { buildLine, buildWithGo, OLDEST_GO } from './temporal-build.js';
import { downloadWithSdk, type FetchTemporal } from './temporal-download.js';
import { readTemporalVersions } from './temporal-version.js';

const WORK_PREFIX = '.getting-';
const DAY_MS = 86_400_000;

/** How to get the Temporal CLI. */
export interface EnsureOptions {
  /** Told what happens and how long it takes; silent when nothing must be got. Default: nothing is told. */
  readonly progress?: Progress;
  /** Where TEMPORAL_CLI, PATH, HOME and XDG_CACHE_HOME are read. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** The ways to get one that is not here, tried in this order. Default: the SDK's download, then Go. */
  readonly ways?: readonly FetchWay[];
}

/** One way to get the Temporal CLI. */
export interface FetchWay {
  readonly from: BinarySource;
  readonly fetch: FetchTemporal;
}

const WAYS: readonly FetchWay[] = [
  { from: 'download', fetch: downloadWithSdk },
  { from: 'go build', fetch: buildWithGo },
];

/**
 * A usable Temporal CLI: one that is here (see {@link findTemporalBinary}), else downloaded or built, once per machine, into the
 * cache folder. Of several processes at once one gets it and the others wait. The file appears there whole or not at all.
 * Throws a {@link PerennialError} that says what was tried and the line that gets it by hand.
 */
export async function ensureTemporalBinary(options: EnsureOptions = {}): Promise<TemporalBinary> {
  const { progress = silent, env = process.env } = options;
  const found = await findTemporalBinary({ env });
  for (const skipped of found.skipped) progress(describeSkipped(skipped));
  if (found.binary !== undefined) return found.binary;
  return withLock(`${cachedTemporalPath(env)}.lock`, { progress, env }, async () => {
    const now = await findTemporalBinary({ env }); // whoever held the lock before may have got it
    return now.binary ?? (await getOne({ progress, env, ways: options.ways ?? WAYS }, now.skipped));
  });
}

/** A line about a file that looked like the Temporal CLI and was passed over. */
export function describeSkipped({ path, from, reason }: SkippedBinary): string {
  return `skipping ${path} (${from}): it ${reason}`;
}

async function getOne(
  { progress, env, ways }: Required<EnsureOptions>,
  skipped: readonly SkippedBinary[],
): Promise<TemporalBinary> {
  removeAbandoned(binFolder(env));
  const failures = skipped.map(describeSkipped);
  for (const { from, fetch } of ways) {
    const folder = join(binFolder(env), `${WORK_PREFIX}${randomUUID()}`);
    mkdirSync(folder);
    try {
      return await install(await fetch({ folder, env, progress }), { from, path: cachedTemporalPath(env) });
    } catch (error) {
      const failure = `${from}: ${error instanceof Error ? error.message : String(error)}`;
      progress(failure);
      failures.push(failure);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw nothingWorked(failures, env);
}

/** Checks the file before it gets the name under which others find it. */
async function install(file: string, to: { from: BinarySource; path: string }): Promise<TemporalBinary> {
  const versions = await readTemporalVersions(file);
  if (typeof versions === 'string') throw new Error(`what came ${versions}`);
  renameSync(file, to.path);
  return { ...to, ...versions };
}

async function withLock<T>(
  path: string,
  { progress, env }: { progress: Progress; env: NodeJS.ProcessEnv },
  work: () => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(path, {
    onWait: ({ pid }) => progress(`process ${pid} is already getting the Temporal server; waiting for it`),
  }).catch((error: unknown) => {
    throw notWritable(env, error);
  });
  if (!isLock(lock)) throw new Error(`lock ${path} is held by process ${lock.pid}`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Removes what a process that was killed in the middle left behind. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(WORK_PREFIX))) {
    const path = join(folder, name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - changed > DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}

function notWritable(env: NodeJS.ProcessEnv, cause: unknown): PerennialError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PerennialError(
    {
      type: 'cache-not-writable',
      thing: 'Cache folder',
      value: binFolder(env),
      allowed: `a folder that can be written (${why})`,
      next: 'Make it writable, or set XDG_CACHE_HOME to one that is.',
    },
    { cause },
  );
}

function nothingWorked(failures: readonly string[], env: NodeJS.ProcessEnv): PerennialError {
  return new PerennialError({
    type: 'temporal-cli-missing',
    thing: 'Temporal CLI',
    allowed: `one in TEMPORAL_CLI, on PATH or in ${binFolder(env)}, or a network for the download, or Go ${OLDEST_GO} (${failures.join('; ')})`,
    next: `Install it from https://docs.temporal.io/cli, or, with Go: ${buildLine(cachedTemporalPath(env))}`,
  });
}
