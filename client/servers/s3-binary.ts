import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { OLDEST_GO } from './go-build.js';
import {
  binFolder,
  describeSkipped,
  programsNamed,
  PROGRAM_SUFFIX,
  type SkippedProgram,
} from './program-search.js';
import { silent, type Progress } from './progress.js';
import { provision, type FetchWay } from './provision.js';
import { failureOf, runCommand } from './run-command.js';
import { buildS3WithGo, s3BuildLine, S3_SERVER_VERSION } from './s3-build.js';
import { isAtLeast } from './version-order.js';

/** An S3 server that runs and is new enough. */
export interface S3Binary {
  readonly path: string;
  readonly from: string;
  /** E.g. `1.8.0`. */
  readonly version: string;
}

/** What was found on this machine, without getting anything. */
export interface S3Search {
  readonly binary: S3Binary | undefined;
  /** The files before it that could not be used. */
  readonly skipped: readonly SkippedProgram[];
}

/** How to get the S3 server. */
export interface EnsureS3Options {
  /** Told what happens and how long it takes; silent when nothing must be got. Default: nothing is told. */
  readonly progress?: Progress;
  /** Where PATH, HOME and XDG_CACHE_HOME are read. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** The ways to get one that is not here. Default: Go. */
  readonly ways?: readonly FetchWay[];
}

/** Where the S3 server lies once Perennial has got it; named after its version. */
export function cachedS3Path(env: NodeJS.ProcessEnv = process.env): string {
  return join(binFolder(env), `versitygw-${S3_SERVER_VERSION}${PROGRAM_SUFFIX}`);
}

/** Looks for the S3 server: `versitygw` on PATH, else the cache folder. Each is run once for its version. */
export async function findS3Binary({
  env = process.env,
}: { env?: NodeJS.ProcessEnv } = {}): Promise<S3Search> {
  const skipped: SkippedProgram[] = [];
  for (const { path, from } of programsNamed('versitygw', { env, cached: [cachedS3Path(env)] })) {
    const read = await readVersion(path);
    if ('version' in read) return { binary: { path, from, version: read.version }, skipped };
    skipped.push({ path, from, reason: read.reason });
  }
  return { binary: undefined, skipped };
}

/**
 * A usable S3 server: one that is here, else built, once per machine, into the cache folder. Throws a {@link PerennialError} that says
 * what was tried and the line that builds it by hand.
 */
export function ensureS3Binary(options: EnsureS3Options = {}): Promise<S3Binary> {
  const { progress = silent, env = process.env } = options;
  const path = cachedS3Path(env);
  return provision<S3Binary>(
    {
      what: 'the S3 server',
      path,
      ways: options.ways ?? [{ from: 'go build', fetch: buildS3WithGo }],
      find: async () => {
        const { binary, skipped } = await findS3Binary({ env });
        return { program: binary, skipped: skipped.map(describeSkipped) };
      },
      examine: async (file, from) => {
        const read = await readVersion(file);
        return 'version' in read ? { path, from, version: read.version } : read.reason;
      },
      missing: (failures) => nothingWorked(failures, path),
    },
    { progress, env },
  );
}

async function readVersion(path: string): Promise<{ version: string } | { reason: string }> {
  const result = await runCommand(path, ['--version'], { timeoutMs: 30_000 });
  if (result.code !== 0) return { reason: `does not run: ${failureOf(result)}` };
  const version = /^Version\s*:\s*v?(\d+\.\d+\.\d+)/m.exec(result.stdout)?.[1];
  if (version === undefined) return { reason: "is not a versitygw that says its version: see '--version'" };
  if (isAtLeast(version, S3_SERVER_VERSION)) return { version };
  return { reason: `is versitygw ${version}; needed is ${S3_SERVER_VERSION} or newer` };
}

function nothingWorked(failures: readonly string[], path: string): PerennialError {
  return new PerennialError({
    type: 's3-server-missing',
    thing: 'S3 server (versitygw)',
    allowed: `one on PATH or at ${path}, or Go ${OLDEST_GO} and its module proxy (${failures.join('; ')})`,
    next: `Build it: ${s3BuildLine(path)}, or use a bucket of your own: --store s3://bucket/prefix`,
  });
}
