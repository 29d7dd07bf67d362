/** Where the checkpoints of one training are kept. */
export interface CheckpointPort {
  /** The newest checkpoint; undefined when there is none. */
  load(): Promise<Uint8Array | undefined>;
  /** Keeps a checkpoint in place of the one before. It must be whole or absent afterwards. */
  save(bytes: Uint8Array, info: { readonly epoch: number }): Promise<void>;
}

/** Saves checkpoints one at a time; while one is being saved, only the newest of the others waits. */
export interface CheckpointKeeper {
  offer(bytes: Uint8Array, epoch: number): void;
  /** Resolves when nothing is being saved any more. Never rejects. */
  settled(): Promise<void>;
  /** Why the last save failed; undefined when it did not. */
  failure(): string | undefined;
}

/**
 * A keeper on a port; without a port it keeps nothing. A failed save costs only work that would be repeated, so it never stops the training:
 * it is told with the progress, and the next save is tried as usual.
 */
export function checkpointKeeper(port: CheckpointPort | undefined): CheckpointKeeper {
  let waiting: { bytes: Uint8Array; epoch: number } | undefined;
  let saving: Promise<void> | undefined;
  let failure: string | undefined;

  const drain = async (target: CheckpointPort): Promise<void> => {
    while (waiting !== undefined) {
      const { bytes, epoch } = waiting;
      waiting = undefined;
      try {
        await target.save(bytes, { epoch });
        failure = undefined;
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    saving = undefined;
  };

  return {
    offer(bytes, epoch) {
      if (port === undefined) return;
      waiting = { bytes, epoch };
      saving ??= drain(port);
    },
    settled: async () => saving,
    failure: () => failure,
  };
}
