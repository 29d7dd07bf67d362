import { PerennialError } from '../../domain/errors.js';
import type { BucketFile, BucketReader } from './bucket-files.js';
import type { EngineConfig } from './engine-config.js';
import { checkedSegments, matches, nothingMatches, outside } from './source-paths.js';

const SCHEME = 's3://';

/** Whether a pattern or path names files in a bucket. */
export const isBucketPath = (path: string): boolean => path.startsWith(SCHEME);

/**
 * The files of a bucket that `source.rows` names, sorted by path; wildcards as in a folder. Throws `source-outside-root` unless it
 * lies below a configured bucket address, `source-missing` when nothing matches.
 */
export async function findInBucket(
  pattern: string,
  config: Pick<EngineConfig, 'dataRoots' | 'buckets'>,
): Promise<BucketFile[]> {
  requireInRoots(pattern, config.dataRoots);
  const segments = segmentsOf(pattern);
  const wild = segments.findIndex((segment) => /[*?]/.test(segment));
  const fixed = segments.slice(0, wild < 0 ? segments.length : wild);
  const prefix = SCHEME + fixed.join('/') + (wild < 0 ? '' : '/');
  const listed = await readerOf(config).files.list(prefix);
  const found = listed.filter(({ path }) => fits(segments, path.slice(SCHEME.length).split('/')));
  if (found.length === 0) throw nothingMatches(pattern, config.dataRoots);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Throws `source-outside-root` for a path that lies below no configured bucket address. */
export function requireInRoots(path: string, dataRoots: readonly string[]): void {
  segmentsOf(path); // refuses what climbs
  const roots = dataRoots.filter(isBucketPath).map((root) => (root.endsWith('/') ? root : `${root}/`));
  if (!roots.some((root) => path.startsWith(root))) throw outside(path);
}

/** The configured reader of buckets. */
export function readerOf({ buckets }: Pick<EngineConfig, 'buckets'>): BucketReader {
  if (buckets !== undefined) return buckets;
  throw new PerennialError({
    type: 'source-outside-root',
    thing: 'source.rows in a bucket',
    allowed: 'a worker that reads buckets',
    next: 'Add the address s3://bucket/prefix to the data roots of the worker.',
  });
}

/** Bucket, then the names of the key. */
function segmentsOf(path: string): string[] {
  return checkedSegments(path.slice(SCHEME.length));
}

function fits(pattern: readonly string[], names: readonly string[]): boolean {
  const [segment, ...rest] = pattern;
  const [name, ...below] = names;
  if (segment === undefined) return name === undefined;
  if (segment === '**') {
    if (fits(rest, names)) return true;
    return name !== undefined && !name.startsWith('.') && fits(pattern, below);
  }
  return name !== undefined && matches(segment, name) && fits(rest, below);
}
