import { PerennialError } from '../domain/errors.js';
import type { LedgerLine } from '../domain/ledger.js';
import { ledgerEntryOf, type PendingLine } from '../domain/lifecycle-state.js';
import { sealLine } from '../storage/registry/ledger-line.js';
import type { Registry } from '../storage/registry/registry.js';

/** Where a ledger ends. */
export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

/** Lines to add after a head. */
export interface PendingLines {
  readonly model: string;
  readonly head: LedgerHead;
  readonly lines: readonly PendingLine[];
}

/**
 * Seals pending lines into the hash chain and creates their objects. Returns the new head.
 *
 * At least once: an attempt whose answer was lost may have stored some of them, and the outbox may have shortened those since. What is
 * stored of the same decision (same place, time and kind) stays, and the chain goes on from it. Any other line in the place is a
 * `ledger-conflict`.
 */
export async function appendPending(registry: Registry, input: PendingLines): Promise<LedgerHead> {
  try {
    return await seal(registry, input);
  } catch (error) {
    if (!(error instanceof PerennialError) || error.type !== 'ledger-conflict') throw error;
    const stored = await alreadyStored(registry, input);
    const last = stored.at(-1);
    if (last === undefined) throw error;
    const rest = input.lines.slice(stored.length);
    return seal(registry, { model: input.model, head: { seq: last.seq, hash: last.hash }, lines: rest });
  }
}

async function seal(registry: Registry, input: PendingLines): Promise<LedgerHead> {
  let head = input.head;
  const sealed = input.lines.map((pending) => {
    const { seq, decidedAt } = pending;
    const line = sealLine(ledgerEntryOf(pending), {
      model: input.model,
      seq,
      previousHash: head.hash,
      decidedAt,
    });
    head = { seq: line.seq, hash: line.hash };
    return line;
  });
  await registry.appendLedger(sealed);
  return head;
}

/** The stored lines that are the first of the pending ones. */
async function alreadyStored(
  registry: Registry,
  { model, head, lines }: PendingLines,
): Promise<LedgerLine[]> {
  const stored: LedgerLine[] = [];
  for (const pending of lines) {
    const line = await registry.ledgerLine(model, pending.seq);
    const same = line?.decidedAt === pending.decidedAt && line.kind === pending.kind;
    if (line === undefined || !same || line.previousHash !== (stored.at(-1) ?? head).hash) break;
    stored.push(line);
  }
  return stored;
}
