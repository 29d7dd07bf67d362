import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { instant, type Instant } from '../../domain/references.js';
import type { SourceFile, SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { count, withDuck, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { countSql, formatOf } from './source-format.js';
import { findFiles, type FoundFile } from './source-paths.js';
import { stageFile } from './source-staging.js';

/**
 * Freezes what a run reads: finds the spec's files, copies them into the staging folder by digest and counts their rows.
 *
 * Failure semantics: may run twice; equal files give an equal manifest. Throws `source-missing` (worth another try),
 * `source-outside-root`, `source-format`, or `source-unreadable` naming every file that is empty, truncated or not of its format.
 */
export async function freezeSource(
  config: EngineConfig,
  { spec, asOf }: { readonly spec: ModelSpec; readonly asOf: Instant },
): Promise<SourceManifest> {
  const found = await findFiles(spec.source.rows, config.dataRoots);
  const format = formatOf(found.map((file) => file.path));
  const files: SourceFile[] = [];
  const unreadable: string[] = [];
  await withDuck(config.limits, async (duck) => {
    for (const file of found) {
      const staged = await stageFile(file.absolute, config.stagingDir);
      const rows = staged.bytes === 0 ? 'is empty' : await countRows(duck, countSql(format, staged.staged));
      if (typeof rows === 'string') unreadable.push(`${file.path} ${rows}`);
      else files.push({ path: file.path, bytes: staged.bytes, sha256: staged.sha256, rows });
    }
  });
  if (unreadable.length > 0) throw unreadableSource(unreadable, found);
  return sealManifest({ format: 'perennial-source/1', asOf: instant(asOf), files });
}

/** Adds the digest that names a manifest. */
export function sealManifest(manifest: Omit<SourceManifest, 'digest'>): SourceManifest {
  const digest = createHash('sha256').update(canonicalJson(manifest)).digest('hex');
  return { ...manifest, digest };
}

async function countRows(duck: Duck, sql: string): Promise<number | string> {
  try {
    return count((await duck.row(sql))['n']);
  } catch {
    return 'cannot be read';
  }
}

function unreadableSource(unreadable: readonly string[], found: readonly FoundFile[]): PerennialError {
  return new PerennialError({
    type: 'source-unreadable',
    thing: `source.rows: ${unreadable.length} of ${found.length} files: ${unreadable.join('; ')}`,
    allowed: 'whole files of the format that their name says',
    next: 'Deliver these files again.',
  });
}
