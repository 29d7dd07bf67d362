import { z } from 'zod';
import { importedModelSchema } from './imported.js';
import { epoch, instantSchema } from './references.js';
import { evidenceSchema } from './verdict.js';

const version = z.number().int().min(1);
const person = z.string().min(1).max(200);
const reason = z.string().max(2000).default('');

/** Why a retrain was asked. */
export const triggerKindSchema = z.enum([
  'schedule',
  'performance',
  'data-drift',
  'concept-drift',
  'new-data',
  'feedback',
  'plugin',
  'spec-change',
  'on-demand',
  'event',
]);
/** Why a retrain was asked. */
export type TriggerKind = z.infer<typeof triggerKindSchema>;

/** `decide` (update, on rollout/… and model/…), `approve` and `reject` (signals, with `decision` implied). */
export const decideSchema = z.strictObject({
  version,
  decision: z.enum(['approve', 'reject']),
  by: person,
  reason,
});
/** A person's decision on a waiting candidate. */
export type Decide = z.infer<typeof decideSchema>;

/** Argument of the signals `approve` and `reject`. */
export const decisionSignalSchema = z.strictObject({ version, by: person, reason });

/** `retrain` (update on model/…). */
export const retrainRequestSchema = z.strictObject({
  trigger: triggerKindSchema.default('on-demand'),
  /** Event time to look from; absent: the model's now. */
  asOf: instantSchema.optional(),
  by: person.default('unknown'),
  reason,
  /** The same id twice is one request. */
  requestId: z.string().max(200).optional(),
  /** False trains, judges, registers and ends. Needed for an as-of older than the high-water as-of. */
  rollout: z.boolean().default(true),
  evidence: evidenceSchema.optional(),
  /** Test and demo switches that the worker's configuration must allow; refused elsewhere. */
  staged: z
    .strictObject({ holdAtEpoch: z.number().int().optional(), shuffleLabels: z.boolean().optional() })
    .optional(),
  /** This model takes the place of a training; contract, gates and rollout are the same. */
  imported: importedModelSchema.optional(),
});
/** A request for a retrain. */
export type RetrainRequest = z.infer<typeof retrainRequestSchema>;

/** `rollback` (update and signal on model/…). */
export const rollbackSchema = z.strictObject({ to: version.optional(), by: person, reason });
/** A rollback by hand. */
export type Rollback = z.infer<typeof rollbackSchema>;

/** `promote` (update on model/…): operator override; skips gates, shadow and approval, never bake. */
export const promoteSchema = z.strictObject({
  version,
  override: z.literal(true),
  by: person,
  reason: z.string().min(1).max(2000),
});
/** An operator's promotion. */
export type Promote = z.infer<typeof promoteSchema>;

/** `pause` and `resume` (updates on model/…). */
export const pauseSchema = z.strictObject({ by: person, reason });
/** Pause or resume. */
export type Pause = z.infer<typeof pauseSchema>;

/** `apply` (update on model/…): a stored spec becomes the model's spec. */
export const applySchema = z.strictObject({
  specDigest: z.string(),
  by: person,
  reason,
  /** Who approved a spec that loosens gates or rollout of a live model: an approver other than `by`. */
  approvedBy: person.optional(),
  /** The version that the new spec asks for is this model instead of a training. */
  imported: importedModelSchema.optional(),
});
/** A new spec for a model. */
export type Apply = z.infer<typeof applySchema>;

/** `import-history` (update on model/…): a prediction log of another system lies in the store. */
export const importHistorySchema = z
  .strictObject({
    version,
    /** Names the log in the store: a digest of its rows. Told twice, it is history once. */
    log: z.string().min(1).max(200),
    predictions: z.number().int().min(1),
    labels: z.number().int().min(0),
    /** Rows that were left out. */
    refused: z.number().int().min(0).default(0),
    /** Oldest and newest event time; none is later than now + the spec's `serving.clockSkew`. */
    from: instantSchema,
    to: instantSchema,
    by: person,
    reason,
  })
  .refine(({ from, to }) => epoch(from) <= epoch(to), { path: ['from'], error: 'is later than `to`' });
/** A prediction log of another system. */
export type ImportHistory = z.infer<typeof importHistorySchema>;

/** Query `settled` on model/…: may the stepped clock go on from `to`? */
export const settledQuerySchema = z.strictObject({
  to: instantSchema,
  /** Newest monitor slot ≤ `to` that was backfilled, if any. */
  checkedTo: instantSchema.optional(),
  /** Newest scheduled-retrain slot ≤ `to` that was backfilled, if any. */
  askedTo: instantSchema.optional(),
});
/** Argument of the query `settled`. */
export type SettledQuery = z.infer<typeof settledQuerySchema>;
/** Answer of the query `settled`. */
export interface SettledAnswer {
  readonly settled: boolean;
  /** What it waits for, in words, when not settled, or `person` / `event time` when a rollout is open. */
  readonly waitingFor: string;
}

/** Names of updates, signals and queries, by workflow. */
export const MESSAGE = {
  decide: 'decide',
  approve: 'approve',
  reject: 'reject',
  retrain: 'retrain',
  rollback: 'rollback',
  promote: 'promote',
  pause: 'pause',
  resume: 'resume',
  apply: 'apply',
  importHistory: 'import-history',
  /** Queries. */
  state: 'state',
  settled: 'settled',
  evidence: 'evidence',
  /** Between our own workflows. */
  retrainEnded: 'retrain-ended',
  rolloutEnded: 'rollout-ended',
  rolloutWaiting: 'rollout-waiting',
  checked: 'checked',
  advance: 'advance',
  supersede: 'supersede',
} as const;
