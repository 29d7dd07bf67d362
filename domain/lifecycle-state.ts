import { z } from 'zod';
import { aliasesSchema, noAliases } from './aliases.js';
import { ledgerEntrySchema } from './ledger.js';
import { retrainRequestSchema } from './messages.js';
import { modelNameSchema, sha256Schema, versionRefSchema } from './references.js';
import { rolloutWaitingSchema } from './reports.js';
import { evidenceSchema, gateVerdictSchema } from './verdict.js';

/** A ledger line that is decided and not yet in the store. */
export const pendingLineSchema = ledgerEntrySchema.extend({ seq: z.number().int(), decidedAt: z.string() });
/** A ledger line that is decided and not yet in the store. */
export type PendingLine = z.infer<typeof pendingLineSchema>;

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

/**
 * All that the lifecycle workflow keeps and carries over continue-as-new: bounded, plain JSON, checked at each seam. Everything
 * else is in the store.
 */
export const lifecycleStateSchema = z.strictObject({
  format: z.literal('perennial-lifecycle/1'),
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
  /** ONNX digests that a person rejected or that were rolled back (newest last). */
  ruledOut: z.array(z.string()).max(200),
  openRetrain: openRetrainSchema.nullable(),
  openRollout: openRolloutSchema.nullable(),
  waitingCandidate: waitingCandidateSchema.nullable(),
  queue: z.array(queuedRequestSchema).max(100),
  seenRequests: z.array(z.string()).max(200),
  ledger: z.strictObject({ seq: z.number().int(), hash: z.string(), nextSeq: z.number().int() }),
  outbox: z.array(pendingLineSchema).max(200),
  /** True while what serving and store hold may differ from `aliases`: a publication failed half-way, or the store was down. */
  republish: z.boolean(),
  refusals: z.record(z.string(), z.number().int()),
});
/** All that the lifecycle workflow keeps. */
export type LifecycleState = z.infer<typeof lifecycleStateSchema>;

/** The state of a model that was just named. */
export const newLifecycleState = (model: string): LifecycleState => ({
  format: 'perennial-lifecycle/1',
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
  ledger: { seq: 0, hash: '', nextSeq: 1 },
  outbox: [],
  republish: false,
  refusals: {},
});

/** Argument of the `lifecycle` workflow: `{"model":"bike-demand"}` starts one; continue-as-new passes `state`. */
export const lifecycleInputSchema = z.strictObject({
  model: modelNameSchema,
  state: lifecycleStateSchema.optional(),
  /** Continue as new after this many history events (tests force small numbers). */
  historyLimit: z.number().int().min(20).max(10_000).default(2000),
});
/** Argument of the `lifecycle` workflow. */
export type LifecycleInput = z.input<typeof lifecycleInputSchema>;
