import { PerennialError } from '../../domain/errors.js';
import type { Manifest } from '../../domain/manifest.js';
import { objectKey } from '../../domain/names.js';
import type { VersionRef } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { requestContract, type RequestContract } from '../infer/contract.js';
import type { ScorableModel } from '../scoring/protocol.js';

/** A version whose every byte was checked against its digest. */
export interface VerifiedVersion {
  readonly ref: VersionRef;
  readonly manifest: Manifest;
  readonly contract: RequestContract;
  readonly scorable: ScorableModel;
}

/** Where versions come from: this machine's verified copies first, then the shared store. */
export interface VersionSource {
  /** Verified copies on this machine. */
  readonly kept: ObjectStore;
  readonly shared: ObjectStore;
  /** Hears that a version could not be copied here (a full disk): it serves all the same, while the store is there at each start. */
  onNotKept(ref: VersionRef, error: unknown): void;
}

/**
 * Loads a version and checks every digest; from the shared store it is copied, if possible, so that it can serve again when the store is
 * away. A damaged copy is replaced from the store. Throws what the store says: `unknown-version`, `artifact-corrupt`,
 * `artifact-missing`, `registry-corrupt`, `store-unavailable`, or `digest-mismatch` when the number names another version.
 */
export async function loadVersion(
  source: VersionSource,
  model: string,
  ref: VersionRef,
): Promise<VerifiedVersion> {
  try {
    return await readVersion(source.kept, model, ref);
  } catch {
    // Absent or damaged here; the shared store says what is wrong if it cannot help either.
    const verified = await readVersion(source.shared, model, ref);
    await keepCopies(source, model, verified).catch((error: unknown) => source.onNotKept(ref, error));
    return verified;
  }
}

async function readVersion(store: ObjectStore, model: string, wanted: VersionRef): Promise<VerifiedVersion> {
  const registry = createRegistry(store);
  const { ref, manifest } = await registry.getManifest(model, wanted.version);
  if (ref.digest !== wanted.digest) throw otherDigest(model, wanted, ref);
  const onnx = await getArtifact(store, manifest.onnx);
  const golden = await getArtifact(store, manifest.golden);
  const spec = await specOf(store, manifest);
  return {
    ref,
    manifest,
    contract: requestContract(manifest, ref.version, spec),
    scorable: {
      key: ref.digest,
      onnx,
      inputs: manifest.inputs,
      task: manifest.task,
      classes: manifest.classes,
      golden: new TextDecoder().decode(golden),
    },
  };
}

/** The spec the version was made from; null when the store never had it (an imported version). */
async function specOf(store: ObjectStore, manifest: Manifest): Promise<ModelSpec | null> {
  try {
    return await createRegistry(store).getSpec(manifest.model, manifest.specDigest);
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'unknown-spec') return null;
    throw error;
  }
}

async function keepCopies(source: VersionSource, model: string, version: VerifiedVersion): Promise<void> {
  const { ref, manifest } = version;
  const keys = [
    objectKey.spec(model, manifest.specDigest),
    manifest.onnx.key,
    manifest.golden.key,
    objectKey.version(model, ref.version),
  ];
  for (const key of keys) {
    const object = await source.shared.get(key);
    if (object !== undefined) await source.kept.put(key, object.bytes);
  }
}

function otherDigest(model: string, wanted: VersionRef, found: VersionRef): PerennialError {
  return new PerennialError({
    type: 'digest-mismatch',
    thing: `version ${wanted.version} of model ${model}: digest`,
    value: wanted.digest,
    allowed: found.digest,
    next: 'The reference and the registry disagree; check that every process uses the same store.',
  });
}
