/** What a stored object holds, and the tag that names exactly this writing of it. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /**
   * Opaque; compare only with tags of the same key. A bucket gives equal bytes the same tag, so a change that must happen once differs
   * from what it replaces, e.g. by a generation.
   */
  readonly etag: string;
}

/** When a put may happen: only if the key is free, or only if it still holds the named writing. */
export type PutCondition = { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };

/** What became of a put. A condition that does not hold is an answer, not an error, and nothing was written. */
export type PutResult =
  | { readonly stored: true; readonly etag: string }
  | { readonly stored: false; readonly reason: 'exists' | 'changed' | 'missing' };

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Length in bytes. */
  readonly bytes: number;
  /** When its newest writing was stored, by the medium's clock. Only for telling old objects from new ones. @format epoch milliseconds */
  readonly modifiedAt: number;
}

/** How to stage. */
export interface StageOptions {
  /** True when the copy that was given is damaged: it is fetched again. A store that gives its own file gives the same. @default false */
  readonly again?: boolean;
}

/**
 * Where everything that lasts is kept: a local folder here, a bucket elsewhere. Safe for many processes at once.
 *
 * Every method may throw a PerennialError: `key-invalid` (not retryable) for a key that {@link assertKey} refuses, and
 * `store-unavailable` (retryable) when the medium fails. A put that threw may or may not have been stored; repeating it is safe.
 */
export interface ObjectStore {
  /** Shown in messages, e.g. `file:/var/lib/perennial`. */
  readonly name: string;
  /** The newest complete writing, or undefined when there is none. Never part of one. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Writes atomically and durably: once this resolved, every process sees the bytes, also after a power cut. */
  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<PutResult>;
  /** Objects whose key starts with `prefix` (which may end inside a name), by key in code-unit order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Names directly below a prefix that ends in `/` and have objects below them, sorted. */
  folders(prefix: string): Promise<string[]>;
  /** Removes an object; an absent one is fine. */
  delete(key: string): Promise<void>;
  /**
   * A local file with the object's bytes, for engines that read files. Read it, never write to it; it stays the same when the
   * key is written again. Throws `object-missing` when there is none.
   */
  stage(key: string, options?: StageOptions): Promise<string>;
}
