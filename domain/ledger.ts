import { z } from 'zod';
import { evidenceSchema, gateVerdictSchema } from './verdict.js';
import { modelNameSchema, sha256Schema } from './references.js';

/** Kinds of ledger lines: every decision about a model is one of these. */
export const ledgerKindSchema = z.enum([
  'spec-applied',
  'spec-refused',
  'retrain-requested',
  'retrain-merged',
  'retrain-refused',
  'retrain-started',
  'retrain-ended',
  'check',
  'check-failed',
  'rollout-started',
  'rollout-ended',
  'shadow-ended',
  'approval',
  'first',
  'promoted',
  'bake-ended',
  'rolled-back',
  'operator-promoted',
  'paused',
  'resumed',
  'historical',
  'lost',
  'refusals',
  'from-source',
  'unwritten',
  'recovered',
  'unservable',
  'history-imported',
]);
/** Kind of a ledger line. */
export type LedgerKind = z.infer<typeof ledgerKindSchema>;

/** What a caller writes of a line; the lifecycle adds order, hash and time. */
export const ledgerEntrySchema = z.strictObject({
  kind: ledgerKindSchema,
  /** Who decided: a person's name as claimed, `schedule`, `monitor`, `policy`, `bake`. */
  who: z.string(),
  why: z.string(),
  /** Event time the decision looks from. */
  asOf: z.string().nullable(),
  version: z.number().int().nullable(),
  /** Event time from which serving obeyed (serving's clock when it acknowledged the pin); null when nothing changed there. */
  effectiveFrom: z.string().nullable(),
  /** Champion after this line; null when there is none. */
  champion: z.number().int().nullable(),
  run: z.string().nullable(),
  verdicts: z.array(gateVerdictSchema).optional(),
  evidence: evidenceSchema.optional(),
});
/** What a caller writes of a line. */
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** One line of the ledger: an object that is created once and never changed. `hash` covers the line and the hash before it. */
export const ledgerLineSchema = ledgerEntrySchema.extend({
  format: z.literal('perennial-ledger/1'),
  model: modelNameSchema,
  seq: z.number().int().min(1),
  previousHash: z.string(),
  hash: sha256Schema,
  /** Wall clock of the decision, ISO 8601. */
  decidedAt: z.string(),
});
/** One line of the ledger. */
export type LedgerLine = z.infer<typeof ledgerLineSchema>;

/** Answer to "what served on date X". */
export const servingShareSchema = z.strictObject({ version: z.number().int(), share: z.number() });
/** Answer to "what served on date X". */
export type ServingShare = z.infer<typeof servingShareSchema>;
