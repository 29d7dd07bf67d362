import { z } from 'zod';
import { aliasesSchema, noAliases } from './aliases.js';
import { ledgerEntrySchema, type LedgerEntry } from './ledger.js';
import { LIFECYCLE_FORMAT, migrateLifecycleState, RULED_OUT_LENGTH } from './lifecycle-migrations.js';
import { retrainRequestSchema } from './messages.js';
import { modelNameSchema, sha256Schema, versionRefSchema } from './references.js';
import { rolloutWaitingSchema } from './reports.js';
import { evidenceSchema, gateVerdictSchema } from './verdict.js';

/** A ledger line that is decided and not yet in the store. Members that are null are left out: many lines may wait. */
export const pendingLineSchema = ledgerEntrySchema
  .partial({ asOf: true, version: true, effectiveFrom: true, champion: true, run: true })
  .extend({ seq: z.number().int(), decidedAt: z.string() });
/** A ledger line that is decided and not yet in the store. */
export type PendingLine = z.infer<typeof pendingLineSchema>;

/** A pending line as the ledger holds it: every member present. */
export function ledgerEntryOf({ seq: _seq, decidedAt: _decidedAt, ...entry }: PendingLine): LedgerEntry {
  return {
    ...entry,
    asOf: entry.asOf ?? null,
    version: entry.version ?? null,
    effectiveFrom: entry.effectiveFrom ?? null,
    champion: entry.champion ?? null,
    run: entry.run ?? null,
  };
}

/** A request that waits for its turn, with every asker that was merged into it. */
export const queuedRequestSchema = retrainRequestSchema.extend({
  asOf: z.string(),
  askers: z.array(z.string()),
});
/** A request that waits for its turn. */
export type QueuedRequest = z.infer<typeof queuedRequestSchema>;

/** An open retrain. */
export const openRetrainSchema = z.strictObject({
  n: z.number().int(),
  run: z.string(),
  asOf: z.string(),
  triggers: z.array(z.string()),
  askers: z.array(z.string()),
  since: z.string(),
  /** Takes a file instead of training: whoever asks for a training meanwhile waits. */
  imported: z.literal(true).optional(),
});

/** An open rollout and what it waits for. */
export const openRolloutSchema = rolloutWaitingSchema.extend({
  version: versionRefSchema,
  onnxSha256: z.string(),
  since: z.string(),
});

/** What the retrain measured and judged of a candidate: for the people who are asked about it. */
export const judgedSchema = z.strictObject({
  verdicts: z.array(gateVerdictSchema),
  evidence: evidenceSchema.nullable(),
});

/** A candidate that waits for a rollout that can no longer be superseded. */
export const waitingCandidateSchema = z.strictObject({
  version: versionRefSchema,
  onnxSha256: z.string(),
  override: z.strictObject({ by: z.string(), reason: z.string() }).nullable(),
  /** Absent for a version that an operator named. */
  judged: judgedSchema.optional(),
});

/** An update that was answered: asked again under its id, also after continue-as-new, it gets this answer. */
export const answeredSchema = z.strictObject({ id: z.string(), answer: z.unknown() });

/**
 * What the lists of the state may hold, so that the whole stays below 32 KiB. @format bytes of JSON
 */
export const STATE_BOUNDS = {
  seenRequests: { count: 200, bytes: 2560 },
  answers: { count: 20, bytes: 1536 },
  queue: { count: 100, bytes: 3072 },
  outbox: { count: 200, bytes: 5120 },
  /** A candidate that waits: its verdicts are shortened to this. */
  waitingCandidate: { count: 1, bytes: 2560 },
} as const;

/**
 * All that the lifecycle workflow keeps and carries over continue-as-new: bounded (32 KiB), plain JSON, checked at each seam.
 * Everything else is in the store.
 */
export const lifecycleStateSchema = z.strictObject({
  format: z.literal(LIFECYCLE_FORMAT),
  model: modelNameSchema,
  /** Null until the first `apply`. */
  specDigest: sha256Schema.nullable(),
  aliases: aliasesSchema,
  /** Newest as-of of an accepted request or check; older ones are historical. */
  highWater: z.string().nullable(),
  /** Newest known completeness of the prediction log, and newest monitor slot: the larger is the model's now. */
  watermark: z.string().nullable(),
  newestSlot: z.string().nullable(),
  /** Newest slot of the scheduled ask. */
  newestAsk: z.string().nullable(),
  /** As-of of the first version: schedule slots count from it. */
  anchor: z.string().nullable(),
  paused: z.strictObject({ by: z.string(), reason: z.string(), since: z.string() }).nullable(),
  /** As-ofs of recent retrains (newest last, ≤ 100): cool-down and budget count from them. */
  retrains: z.array(z.string()).max(100),
  /** Triggers whose last attempt ended without a candidate: their cool-down is doubled once. */
  doubled: z.array(z.string()).max(20),
  nextRetrain: z.number().int().min(1),
  nextAttempt: z.record(z.string(), z.number().int()),
  /** Beginnings of the ONNX digests that a person rejected or that were rolled back (newest last). */
  ruledOut: z.array(z.string().length(RULED_OUT_LENGTH)).max(200),
  openRetrain: openRetrainSchema.nullable(),
  openRollout: openRolloutSchema.nullable(),
  waitingCandidate: waitingCandidateSchema.nullable(),
  queue: z.array(queuedRequestSchema).max(100),
  seenRequests: z.array(z.string()).max(200),
  /** Newest last. */
  answers: z.array(answeredSchema).max(20),
  ledger: z.strictObject({ seq: z.number().int(), hash: z.string(), nextSeq: z.number().int() }),
  outbox: z.array(pendingLineSchema).max(200),
  /** True while what serving and store hold may differ from `aliases`: a publication failed half-way, or the store was down. */
  republish: z.boolean(),
  refusals: z.record(z.string(), z.number().int()),
  /** Routine ledger lines, by kind, that were only counted because the outbox was full. */
  unrecorded: z.record(z.string(), z.number().int()),
});
/** All that the lifecycle workflow keeps. */
export type LifecycleState = z.infer<typeof lifecycleStateSchema>;

/** The state of a model that was just named. */
export const newLifecycleState = (model: string): LifecycleState => ({
  format: LIFECYCLE_FORMAT,
  model,
  specDigest: null,
  aliases: noAliases(model),
  highWater: null,
  watermark: null,
  newestSlot: null,
  newestAsk: null,
  anchor: null,
  paused: null,
  retrains: [],
  doubled: [],
  nextRetrain: 1,
  nextAttempt: {},
  ruledOut: [],
  openRetrain: null,
  openRollout: null,
  waitingCandidate: null,
  queue: [],
  seenRequests: [],
  answers: [],
  ledger: { seq: 0, hash: '', nextSeq: 1 },
  outbox: [],
  republish: false,
  refusals: {},
  unrecorded: {},
});

/** Argument of the `lifecycle` workflow: `{"model":"bike-demand"}` starts one; continue-as-new passes `state`. */
export const lifecycleInputSchema = z.strictObject({
  model: modelNameSchema,
  /** Of any format up to the present one. */
  state: z.preprocess(migrateLifecycleState, lifecycleStateSchema).optional(),
  /** Continue as new after this many history events; what is in hand then is finished first, within 2,000 (tests force small numbers). */
  historyLimit: z.number().int().min(20).max(10_000).default(1800),
  /** How often open runs are looked at: one that was terminated is found that late. A store that is away is tried as often, at least every 30 s. @format milliseconds */
  lookEveryMs: z.number().int().min(100).max(600_000).default(600_000),
});
/** Argument of the `lifecycle` workflow, as code writes it. */
export interface LifecycleInput {
  readonly model: string;
  readonly state?: LifecycleState;
  readonly historyLimit?: number;
  readonly lookEveryMs?: number;
}
