import { join } from 'node:path';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { isBucketPath } from './bucket-paths.js';
import type { EngineConfig } from './engine-config.js';
import { labelSource } from './label-source.js';
import { isFolder, isPattern } from './source-paths.js';

/**
 * Says that no label file has come yet, and which folder of the pattern no data root has: a misspelt name looks like labels that are
 * late. Undefined where there are some, or labels do not come in files.
 */
export async function unmatchedLabels(
  { dataRoots }: Pick<EngineConfig, 'dataRoots'>,
  { spec, source }: { readonly spec: ModelSpec; readonly source: SourceManifest },
): Promise<string | undefined> {
  const own = labelSource(spec);
  if (own === undefined || own.feedback || (source.labels?.files.length ?? 0) > 0) return undefined;
  const roots = dataRoots.filter((root) => !isBucketPath(root));
  const folder = isBucketPath(own.from) ? undefined : await missingFolder(own.from, roots);
  const where = folder === undefined ? '' : `, and no data root has a folder '${folder}'`;
  return `no label file: nothing matches ${own.from}${where}`;
}

/** The first folder that a pattern names and no root has. */
async function missingFolder(pattern: string, roots: readonly string[]): Promise<string | undefined> {
  const folders = pattern.split('/').slice(0, -1);
  const wild = folders.findIndex(isPattern);
  const named = wild === -1 ? folders : folders.slice(0, wild);
  for (let depth = 1; depth <= named.length; depth++) {
    const path = named.slice(0, depth);
    const there = await Promise.all(roots.map((root) => isFolder(join(root, ...path))));
    if (!there.includes(true)) return path.join('/');
  }
  return undefined;
}
