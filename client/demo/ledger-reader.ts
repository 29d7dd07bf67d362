import { ledgerLineSchema, type LedgerLine } from '../../domain/ledger.js';
import { objectKey } from '../../domain/names.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';

/** Reads a model's ledger line by line as it grows. */
export interface LedgerReader {
  /** The lines that were added since the last call, in order. */
  next(): Promise<LedgerLine[]>;
  /** All lines read so far. */
  readonly all: readonly LedgerLine[];
}

/** A reader that starts at the first line. Lines are single objects, so reading the next number tells whether it is there. */
export function createLedgerReader(store: ObjectStore, model: string): LedgerReader {
  const all: LedgerLine[] = [];
  return {
    all,
    async next() {
      const added: LedgerLine[] = [];
      for (;;) {
        const object = await store.get(objectKey.ledgerLine(model, all.length + 1));
        if (object === undefined) return added;
        const line = ledgerLineSchema.parse(JSON.parse(new TextDecoder().decode(object.bytes)));
        all.push(line);
        added.push(line);
      }
    },
  };
}
