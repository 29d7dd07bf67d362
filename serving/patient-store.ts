import type { ObjectStore } from '../storage/objects/object-store.js';

/**
 * A store that is opened at its first use, and again until that works: a server starts from its own disk while the store is
 * away, and finds it when it is back. Every call throws what opening throws meanwhile.
 */
export function patientStore(name: string, open: () => ObjectStore): ObjectStore {
  let opened: ObjectStore | undefined;
  const store = (): ObjectStore => (opened ??= open());
  return {
    name,
    get: async (key) => store().get(key),
    put: async (key, bytes, condition) => store().put(key, bytes, condition),
    async *list(prefix) {
      yield* store().list(prefix);
    },
    folders: async (prefix) => store().folders(prefix),
    delete: async (key) => store().delete(key),
    stage: async (key, options) => store().stage(key, options),
  };
}
