import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';
import { objectKey } from '../domain/names.js';
import { artifactRefSchema, type ArtifactRef } from '../domain/references.js';
import type { CheckpointPort } from '../engines/training/index.js';
import { getArtifact, putArtifact } from '../storage/objects/artifacts.js';
import type { ObjectStore } from '../storage/objects/object-store.js';

const pointerSchema = z.strictObject({ epoch: z.number().int(), bytes: artifactRefSchema });

/**
 * Checkpoints of one run: the bytes are an artifact, a small pointer names the newest. Any worker may take the run over. A pointer
 * or bytes that are damaged count as none: the training then starts again and ends in the same bytes.
 */
export function checkpointsOf(
  store: ObjectStore,
  model: string,
  runKey: string,
): CheckpointPort & { drop(): Promise<void> } {
  const key = objectKey.checkpoint(model, runKey.replaceAll('/', '-'));
  const read = async () => {
    const found = await store.get(key);
    if (found === undefined) return undefined;
    return parsePointer(new TextDecoder().decode(found.bytes));
  };
  return {
    load: async () => {
      const pointer = await read();
      return pointer === undefined ? undefined : bytesOf(store, pointer.bytes);
    },
    save: async (bytes, { epoch }) => {
      const before = await read();
      const ref = await putArtifact(store, bytes);
      await store.put(key, new TextEncoder().encode(JSON.stringify({ epoch, bytes: ref })));
      // Only the newest is needed, and only this run refers to it.
      if (before !== undefined && before.bytes.key !== ref.key) await store.delete(before.bytes.key);
    },
    drop: async () => {
      const pointer = await read();
      await store.delete(key);
      if (pointer !== undefined) await store.delete(pointer.bytes.key);
    },
  };
}

function parsePointer(text: string): z.infer<typeof pointerSchema> | undefined {
  try {
    return pointerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function bytesOf(store: ObjectStore, ref: ArtifactRef): Promise<Uint8Array | undefined> {
  try {
    return await getArtifact(store, ref);
  } catch (error) {
    const damaged =
      error instanceof PerennialError && ['artifact-corrupt', 'artifact-missing'].includes(error.type);
    if (damaged) return undefined;
    throw error;
  }
}
