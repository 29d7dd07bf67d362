import { canonicalJson } from '../../domain/canonical.js';
import { PerennialError } from '../../domain/errors.js';
import { ledgerLineSchema, type LedgerLine, type ServingShare } from '../../domain/ledger.js';
import { objectKey } from '../../domain/names.js';
import { epoch, type Instant } from '../../domain/references.js';
import type { ObjectStore } from '../objects/object-store.js';
import { corrupt, decodeJson, encodeJson, readAll } from './json-object.js';
import { isSealed, LEDGER_START } from './ledger-line.js';

/**
 * Adds sealed lines, each an object that is created once. A line that is there already, equal, is passed over, so that repeating
 * a call is safe. Throws `ledger-conflict` when another line has that number, or when a line does not continue the one before
 * it; lines before the one refused are stored.
 */
export async function appendLines(store: ObjectStore, lines: readonly LedgerLine[]): Promise<void> {
  let previous: LedgerLine | undefined;
  for (const line of lines) {
    const checked = ledgerLineSchema.parse(line);
    previous ??= await readLine(store, checked.model, checked.seq - 1);
    if (!isSealed(checked)) throw conflict(checked, 'a hash that is not that of its content');
    if (!continues(checked, previous)) throw conflict(checked, `previous hash '${checked.previousHash}'`);
    await create(store, checked);
    previous = checked;
  }
}

/** All lines of a model in order, the chain of hashes checked. Throws `registry-corrupt` where it breaks. */
export async function readLedger(store: ObjectStore, model: string): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for (const { key, object } of await readAll(store, objectKey.ledger(model))) {
    const line = decodeJson(key, object, ledgerLineSchema);
    if (line.model !== model || !isSealed(line) || !continues(line, lines.at(-1)))
      throw corrupt(key, `line ${line.seq} of ${line.model} with hash ${line.hash}`);
    lines.push(line);
  }
  return lines;
}

/**
 * What served at an instant: the champion of the last decided line that had taken effect by then (`effectiveFrom` ≤ `at`). Empty
 * before the first, and when nothing served.
 */
export function servingIn(lines: readonly LedgerLine[], at: Instant): ServingShare[] {
  const when = epoch(at);
  const line = lines.findLast(({ effectiveFrom }) => effectiveFrom !== null && epoch(effectiveFrom) <= when);
  return line === undefined || line.champion === null ? [] : [{ version: line.champion, share: 1 }];
}

function continues(line: LedgerLine, previous: LedgerLine | undefined): boolean {
  if (line.seq === 1) return previous === undefined && line.previousHash === LEDGER_START;
  return previous !== undefined && previous.seq === line.seq - 1 && previous.hash === line.previousHash;
}

/** One line; undefined when no line has that number. Throws `registry-corrupt`. */
export async function readLine(
  store: ObjectStore,
  model: string,
  seq: number,
): Promise<LedgerLine | undefined> {
  if (seq < 1) return undefined;
  const key = objectKey.ledgerLine(model, seq);
  const object = await store.get(key);
  return object === undefined ? undefined : decodeJson(key, object, ledgerLineSchema);
}

async function create(store: ObjectStore, line: LedgerLine): Promise<void> {
  const key = objectKey.ledgerLine(line.model, line.seq);
  const result = await store.put(key, encodeJson(line), { ifNoneMatch: '*' });
  if (result.stored) return;
  const existing = await readLine(store, line.model, line.seq);
  if (canonicalJson(existing ?? null) !== canonicalJson(line))
    throw conflict(line, 'a number that another line has');
}

function conflict(line: LedgerLine, value: string): PerennialError {
  return new PerennialError({
    type: 'ledger-conflict',
    thing: `ledger of model ${line.model}, line ${line.seq}`,
    value,
    allowed: 'the next line after the stored ones, sealed with the hash of the line before it',
    next: 'Another writer keeps this ledger: make sure that one lifecycle per model uses this store.',
  });
}
