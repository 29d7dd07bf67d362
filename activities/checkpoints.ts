import { z } from 'zod';
import { objectKey } from '../domain/names.js';
import { artifactRefSchema } from '../domain/references.js';
import type { CheckpointPort } from '../engines/training/index.js';
import { getArtifact, putArtifact } from '../storage/objects/artifacts.js';
import type { ObjectStore } from '../storage/objects/object-store.js';

const pointerSchema = z.strictObject({ epoch: z.number().int(), bytes: artifactRefSchema });

/**
 * Checkpoints of one run: the bytes are an artifact, a small pointer names the newest. Any worker may take the run over. A pointer
 * that cannot be read counts as none: the training then starts again and ends in the same bytes.
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
    const pointer = pointerSchema.safeParse(JSON.parse(new TextDecoder().decode(found.bytes)));
    return pointer.success ? pointer.data : undefined;
  };
  return {
    load: async () => {
      const pointer = await read();
      return pointer === undefined ? undefined : getArtifact(store, pointer.bytes);
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
