import { canonicalJson } from '../../domain/canonical.js';
import type { LedgerEntry, LedgerLine } from '../../domain/ledger.js';
import { sha256 } from '../objects/digest.js';

/** The hash before the first line. */
export const LEDGER_START = '';

/** Where a line stands. */
export interface LinePlace {
  readonly model: string;
  /** Counts from 1 without gaps. */
  readonly seq: number;
  /** Hash of line seq − 1; {@link LEDGER_START} for the first. */
  readonly previousHash: string;
  /** Wall clock of the decision, ISO 8601. */
  readonly decidedAt: string;
}

/** Turns an entry into the line that is stored: its place, and a hash over all of it and the hash before it. Pure. */
export function sealLine(entry: LedgerEntry, place: LinePlace): LedgerLine {
  const { model, seq, previousHash, decidedAt } = place;
  const body = { ...entry, format: 'perennial-ledger/1' as const, model, seq, previousHash, decidedAt };
  return { ...body, hash: sha256(canonicalJson(body)) };
}

/** True when the line's hash is that of its content. */
export function isSealed(line: LedgerLine): boolean {
  const { hash, ...body } = line;
  return sha256(canonicalJson(body)) === hash;
}
