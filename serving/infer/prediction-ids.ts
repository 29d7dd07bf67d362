import { randomBytes } from 'node:crypto';
import { sha256 } from '../../storage/objects/digest.js';

/** Names a prediction. `key` is null when the request carried none. */
export type PredictionIds = (row: { readonly key: string | null; readonly eventTime: string }) => string;

/** Unique over processes and restarts: 64 random bits per process, then a counter. */
export function uniqueIds(): PredictionIds {
  const process = randomBytes(8).toString('hex');
  let n = 0;
  return () => `${process}-${(n++).toString(36)}`;
}

/** Rows whose repetition is remembered; then the memory starts anew under another name. */
const REMEMBERED = 1_000_000;

/**
 * Reproducible under the stepped clock: a digest of model, start, key, event time and how often that row came before. The same
 * requests give the same ids whatever the order they arrive in; a later start (`start` grows) never repeats an id.
 */
export function reproducibleIds(model: string, start: number): PredictionIds {
  let seen = new Map<string, number>();
  let era = 0;
  return ({ key, eventTime }) => {
    if (seen.size >= REMEMBERED) {
      seen = new Map();
      era += 1;
    }
    const row = JSON.stringify([key, eventTime]);
    const before = seen.get(row) ?? 0;
    seen.set(row, before + 1);
    return sha256(JSON.stringify([model, start, era, key, eventTime, before])).slice(0, 32);
  };
}
