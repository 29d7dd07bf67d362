import { PerennialError } from '../domain/errors.js';
import { instant } from '../domain/references.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { messageOf } from './message-of.js';

/** How this process stands with the store. Instants of the machine's clock. */
export interface StoreState {
  readonly reachable: boolean;
  /** Since when it is so. */
  readonly since: string;
  /** When it last answered; null: never since the start. */
  readonly lastContact: string | null;
  /** What kept it from answering; null while it is reachable. */
  readonly reason: string | null;
}

/** A store, and what its answers say of it. */
export interface WatchedStore {
  readonly store: ObjectStore;
  state(): StoreState;
}

/**
 * A store whose every answer is noticed: it is away from the first call that found it unavailable until the next one that it answers,
 * whoever called. A refusal of another kind is an answer, too. `onChange` hears of each change.
 */
export function watchStore(
  inner: ObjectStore,
  onChange: (state: StoreState) => void,
  now: () => number = Date.now,
): WatchedStore {
  const start = instant(now());
  let state: StoreState = { reachable: false, since: start, lastContact: null, reason: 'not asked yet' };
  let asked = false;
  const become = (next: StoreState): void => {
    const changed = !asked || next.reachable !== state.reachable;
    asked = true;
    state = changed ? next : { ...next, since: state.since };
    if (changed) onChange(state);
  };
  const answered = (): void => {
    const at = instant(now());
    become({ reachable: true, since: at, lastContact: at, reason: null });
  };
  const failed = (error: unknown): void => {
    if (!(error instanceof PerennialError) || error.type !== 'store-unavailable') return answered();
    const { lastContact } = state;
    become({ reachable: false, since: instant(now()), lastContact, reason: messageOf(error) });
  };
  return { store: noticing(inner, { answered, failed }), state: () => state };
}

interface Notice {
  answered(): void;
  failed(error: unknown): void;
}

function noticing(inner: ObjectStore, { answered, failed }: Notice): ObjectStore {
  const noticed = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      answered();
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return {
    name: inner.name,
    get: (key) => noticed(inner.get(key)),
    put: (key, bytes, condition) => noticed(inner.put(key, bytes, condition)),
    async *list(prefix) {
      try {
        yield* inner.list(prefix);
        answered();
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    folders: (prefix) => noticed(inner.folders(prefix)),
    delete: (key) => noticed(inner.delete(key)),
    stage: (key, options) => noticed(inner.stage(key, options)),
  };
}
