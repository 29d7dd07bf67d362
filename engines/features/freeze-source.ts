import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { instant, type Instant } from '../../domain/references.js';
import type { SourceFile, SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { copyListed, type BucketFile } from './bucket-files.js';
import { findInBucket, isBucketPath, readerOf } from './bucket-paths.js';
import { withDuck, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { freezeFeedback } from './frozen-feedback.js';
import { countRowsOf, knownRows } from './file-facts.js';
import { labelSource } from './label-source.js';
import { formatOf, type SourceFormat } from './source-format.js';
import { findFiles, isPattern, requireRoots, type FoundFile } from './source-paths.js';
import { stageFile } from './source-staging.js';
import type { StagedFile } from './staged-file.js';

/** What a run freezes. */
export interface FreezeRequest {
  readonly spec: ModelSpec;
  readonly asOf: Instant;
  /** Keeps what came by feedback for other machines, which cannot read it again from a data root. @default false */
  readonly keep?: boolean;
  /** Only rows from this event time on are looked at, beside what their baseline needs: older feedback may be left out. */
  readonly from?: Instant;
}

/**
 * Freezes what a run reads: finds the spec's files, copies them into the staging folder (those of a bucket into its cache) by digest
 * and counts their rows; the same for labels that have files of their own, of which a pattern may match none yet, or that came by feedback.
 *
 * Failure semantics: may run twice; equal files give an equal manifest. Throws `source-missing` (worth another try),
 * `source-outside-root`, `source-format`, or `source-unreadable` naming every file that is empty, truncated or not of its format.
 */
export async function freezeSource(
  config: EngineConfig,
  { spec, asOf, keep = false, from }: FreezeRequest,
): Promise<SourceManifest> {
  const files = await freezeFiles(config, spec.source.rows);
  const labels = labelSource(spec);
  if (labels === undefined) return sealManifest({ format: 'perennial-source/1', asOf: instant(asOf), files });
  if (labels.feedback) {
    const feedback = await freezeFeedback(config, { spec, asOf, keep, from });
    const frozen = { files: [], feedback };
    return sealManifest({ format: 'perennial-source/1', asOf: instant(asOf), files, labels: frozen });
  }
  const labelFiles = await naming('source.labels.from', () => freezeLabels(config, labels.from));
  return sealManifest({
    format: 'perennial-source/1',
    asOf: instant(asOf),
    files,
    labels: { files: labelFiles },
  });
}

/** Labels come when they come: a pattern that matches nothing yet gives no files. One file by name, or a root that is not there, is missing. */
async function freezeLabels(config: EngineConfig, pattern: string): Promise<SourceFile[]> {
  try {
    return await freezeFiles(config, pattern);
  } catch (error) {
    if (!(error instanceof PerennialError) || error.type !== 'source-missing' || !isPattern(pattern))
      throw error;
    if (!isBucketPath(pattern))
      await requireRoots(
        pattern,
        config.dataRoots.filter((root) => !isBucketPath(root)),
      );
    return [];
  }
}

/** Errors of finding and reading files, which speak of `source.rows`, in the name of another place in the spec. */
async function naming<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error;
    const thing = error.refusal.thing.replace('source.rows', place);
    throw new PerennialError({ ...error.refusal, thing }, { cause: error });
  }
}

async function freezeFiles(config: EngineConfig, pattern: string): Promise<SourceFile[]> {
  const found = isBucketPath(pattern)
    ? await findInBucket(pattern, config)
    : await findFiles(pattern, config.dataRoots);
  const format = formatOf(found.map((file) => file.path));
  const staged: (StagedFile & { readonly path: string })[] = [];
  for (const file of found) staged.push({ path: file.path, ...(await stage(config, file)) });
  const rows = await countAll(config, format, staged);
  const unreadable = staged.flatMap(({ path }, i) =>
    typeof rows[i] === 'string' ? `${path} ${rows[i]}` : [],
  );
  const files = staged.flatMap(({ path, bytes, sha256 }, i): SourceFile[] => {
    const counted = rows[i];
    return typeof counted === 'number' ? [{ path, bytes, sha256, rows: counted }] : [];
  });
  if (unreadable.length > 0) throw unreadableSource(unreadable, found);
  return files;
}

function stage(config: EngineConfig, file: FoundFile | BucketFile): Promise<StagedFile> {
  if ('absolute' in file) return stageFile(file.absolute, config.stagingDir);
  return copyListed(readerOf(config), file);
}

/** Adds the digest that names a manifest. */
export function sealManifest(manifest: Omit<SourceManifest, 'digest'>): SourceManifest {
  const digest = createHash('sha256').update(canonicalJson(manifest)).digest('hex');
  return { ...manifest, digest };
}

/** Rows of each file, or what is wrong with it. A database is opened only for files that this process has not counted yet. */
async function countAll(
  config: EngineConfig,
  format: SourceFormat,
  staged: readonly StagedFile[],
): Promise<(number | string)[]> {
  const known = staged.map(({ sha256 }) => knownRows({ format, sha256 }));
  if (known.every((rows) => rows !== undefined)) return known;
  return withDuck(config.limits, async (duck) => {
    const rows: (number | string)[] = [];
    for (const file of staged) rows.push(await countOne(duck, format, file));
    return rows;
  });
}

async function countOne(duck: Duck, format: SourceFormat, file: StagedFile): Promise<number | string> {
  if (file.bytes === 0) return 'is empty';
  try {
    return await countRowsOf(duck, { format, ...file });
  } catch {
    return 'cannot be read';
  }
}

function unreadableSource(unreadable: readonly string[], found: readonly unknown[]): PerennialError {
  return new PerennialError({
    type: 'source-unreadable',
    thing: `source.rows: ${unreadable.length} of ${found.length} files: ${unreadable.join('; ')}`,
    allowed: 'whole files of the format that their name says',
    next: 'Deliver these files again.',
  });
}
