import { join } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { binFolder, programsNamed, PROGRAM_SUFFIX, type SkippedProgram } from './program-search.js';
import { readTemporalVersions, TEMPORAL_CLI_VERSION, type TemporalVersions } from './temporal-version.js';

/** How the Temporal CLI came here. */
export type BinarySource = 'TEMPORAL_CLI' | 'PATH' | 'cache' | 'download' | 'go build';

/** A Temporal CLI that runs and is new enough. */
export interface TemporalBinary extends TemporalVersions {
  readonly path: string;
  readonly from: BinarySource;
}

/** A file that looked like the Temporal CLI and cannot be used. */
export interface SkippedBinary extends SkippedProgram {
  readonly from: BinarySource;
}

/** What was found on this machine, without getting anything. */
export interface TemporalSearch {
  /** The first usable one, in the order TEMPORAL_CLI, PATH, cache. */
  readonly binary: TemporalBinary | undefined;
  /** The files before it that could not be used. */
  readonly skipped: readonly SkippedBinary[];
}

/** Where the Temporal CLI lies once Perennial has got it; named after its version. */
export function cachedTemporalPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(binFolder(env), `temporal-${TEMPORAL_CLI_VERSION}${PROGRAM_SUFFIX}`);
}

/**
 * Looks for a Temporal CLI: the file that TEMPORAL_CLI names, else `temporal` on PATH, else the cache folder. Each is run once
 * for its version. An unusable file is skipped and named, but one that TEMPORAL_CLI names is refused: somebody asked for it.
 */
export async function findTemporalBinary({
  env = process.env,
}: { env?: NodeJS.ProcessEnv } = {}): Promise<TemporalSearch> {
  const asked = env['TEMPORAL_CLI'];
  if (asked !== undefined && asked !== '') return { binary: await askedFor(asked), skipped: [] };
  const skipped: SkippedBinary[] = [];
  const cached = [cachedTemporalPath(env), join(binFolder(env), `temporal${PROGRAM_SUFFIX}`)];
  for (const { path, from } of programsNamed('temporal', { env, cached })) {
    const versions = await readTemporalVersions(path);
    if (typeof versions !== 'string') return { binary: { path, from, ...versions }, skipped };
    skipped.push({ path, from, reason: versions });
  }
  return { binary: undefined, skipped };
}

async function askedFor(path: string): Promise<TemporalBinary> {
  const versions = await readTemporalVersions(path);
  if (typeof versions !== 'string') return { path, from: 'TEMPORAL_CLI', ...versions };
  throw new PerennialError({
    type: 'temporal-cli-unusable',
    thing: 'TEMPORAL_CLI',
    value: path,
    allowed: `the path of a Temporal CLI (this one ${versions})`,
    next: 'Correct it, or unset it and Perennial looks for one itself.',
  });
}
