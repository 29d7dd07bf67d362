import type { Aliases } from '../../domain/aliases.js';
import type { Manifest } from '../../domain/manifest.js';
import { objectKey } from '../../domain/names.js';
import type { VersionRef } from '../../domain/references.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';

/** Newest versions of a model whose copies stay on this machine beside those that the aliases name. */
const KEPT_VERSIONS = 5;

const namedBy = ({ champion, challenger, previous }: Aliases): (VersionRef | null)[] => [
  champion,
  challenger,
  previous,
];

/** What must stay whatever its age. */
export interface KeepNamed {
  readonly aliases: Aliases;
  /** Former champions to fall back to. */
  readonly champions: readonly VersionRef[];
}

/**
 * Removes this machine's copies of old versions; the shared store is not touched. What the aliases name, former champions and the
 * newest few stay, so that a rollback works while the store is away. Throws what the local folder throws; a repeat goes on where
 * this one ended.
 */
export async function pruneKept(kept: ObjectStore, model: string, keep: KeepNamed): Promise<void> {
  const registry = createRegistry(kept);
  const refs = await registry.listVersions(model);
  const named = new Set([...namedBy(keep.aliases), ...keep.champions].map((ref) => ref?.version));
  const newest = new Set(refs.slice(-KEPT_VERSIONS).map((ref) => ref.version));
  const old = refs.filter(({ version }) => !named.has(version) && !newest.has(version));
  if (old.length === 0) return;
  const manifestOf = async ({ version }: VersionRef): Promise<Manifest> =>
    (await registry.getManifest(model, version)).manifest;
  const staying = await Promise.all(refs.filter((ref) => !old.includes(ref)).map(manifestOf));
  const used = new Set(staying.flatMap(blobsOf));
  for (const ref of old) {
    const blobs = blobsOf(await manifestOf(ref)).filter((key) => !used.has(key));
    for (const key of blobs) await kept.delete(key);
    await kept.delete(objectKey.version(model, ref.version));
  }
}

const blobsOf = ({ onnx, golden }: Manifest): string[] => [onnx.key, golden.key];
