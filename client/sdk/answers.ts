import { z } from 'zod';
import { refuseNewer } from '../../domain/formats.js';
import { migrateLifecycleState } from '../../domain/lifecycle-migrations.js';
import { lifecycleStateSchema, type LifecycleState } from '../../domain/lifecycle-state.js';
import { retrainReportSchema } from '../../domain/reports.js';
import { gateVerdictSchema } from '../../domain/verdict.js';

/** Answer to `retrain`. */
export const retrainAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.enum(['started', 'queued', 'merged']),
    n: z.number(),
    run: z.string(),
    asOf: z.string(),
  }),
  z.object({ outcome: z.enum(['refused', 'historical']), because: z.string() }),
]);

/** Answer to `apply`. */
export const applyAnswerSchema = z.object({
  outcome: z.enum(['applied', 'unchanged', 'needs-approval', 'refused']),
  /** One line per change of the spec. */
  changes: z.array(z.string()).default([]),
  because: z.string().optional(),
  /** What became of the import that came with it. */
  retrain: retrainAnswerSchema.optional(),
});
/** Answer to `apply`. */
export type ApplyAnswer = z.infer<typeof applyAnswerSchema>;

/** Answer to `import-history`. */
export const historyAnswerSchema = z.object({
  outcome: z.enum(['taken', 'repeated']),
  watermark: z.string().nullable(),
});

/** Answer to `decide`. */
export const decideAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('promoted'), version: z.number(), effectiveFrom: z.string().nullable() }),
  z.object({ outcome: z.literal('rejected'), version: z.number() }),
  z.object({ outcome: z.literal('repeated'), version: z.number(), decision: z.enum(['approve', 'reject']) }),
]);

/** Answer to `rollback`. */
export const rollbackAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('rolled-back'),
    version: z.number(),
    effectiveFrom: z.string().nullable(),
    instead: z.string().optional().describe('Why it is not the previous champion.'),
  }),
  z.object({ outcome: z.literal('refused'), because: z.string() }),
]);
/** Answer to `rollback`. */
export type RollbackAnswer = z.infer<typeof rollbackAnswerSchema>;

/** Answer to `promote`. */
export const promoteAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('started'), run: z.string() }),
  z.object({ outcome: z.literal('refused'), because: z.string() }),
]);
/** Answer to `promote`. */
export type PromoteAnswer = z.infer<typeof promoteAnswerSchema>;

/** Answer to `pause` and `resume`. */
export const pauseAnswerSchema = z.object({ paused: z.boolean() });

/** Answer to the query `settled`. */
export const settledAnswerSchema = z.object({ settled: z.boolean(), waitingFor: z.string() });

/** Answer to the query `evidence` on rollout/…: all that a person needs in order to decide. */
export const rolloutEvidenceSchema = z.object({
  phase: z.string(),
  version: z.number(),
  waitingFor: z.string(),
  deadline: z.string().nullable(),
  verdicts: z.array(gateVerdictSchema),
  /** The same as text for a terminal or the Web UI. */
  text: z.string(),
});
/** Answer to the query `evidence` on rollout/…. */
export type RolloutEvidence = z.infer<typeof rolloutEvidenceSchema>;

/** Reads the answer to the query `state`: a worker of an older version may have given it. Throws `format-newer`. */
export function readState(model: string, answer: unknown): LifecycleState {
  refuseNewer(`state of model ${model}`, answer);
  return lifecycleStateSchema.parse(migrateLifecycleState(answer));
}

export { retrainReportSchema };
