import { z } from 'zod';
import { pluginRefSchema } from './plugins.js';
import { artifactRefSchema, versionRefSchema } from './references.js';
import { type Evidence, evidenceSchema, gateVerdictSchema } from './verdict.js';
import { triggerKindSchema } from './messages.js';

/** Why a retrain ended without a candidate: a normal result, never an error. */
export const noCandidateSchema = z.enum([
  'contract-broken',
  'source-missing',
  'source-changed',
  'leak',
  'not-enough-labels',
  'gates-failed',
  'inconclusive',
  'not-better-than-naive',
  'ruled-out',
  'same-as-champion',
  'training-failed',
  'plugin-failed',
  'import-refused',
  'out-of-memory',
  'disk-full',
  'cancelled',
  'store-unavailable',
  'artifact-corrupt',
  'artifact-missing',
  'registry-corrupt',
  'unusable',
]);
/** Why a retrain ended without a candidate. */
export type NoCandidate = z.infer<typeof noCandidateSchema>;

/** How the `why` of a spec begins that was refused for want of an approver's word; another one was refused for a fault. */
export const LOOSENS = 'it loosens a live model';

/** How a retrain ended. */
export const retrainReportSchema = z.strictObject({
  run: z.string(),
  n: z.number().int(),
  asOf: z.string(),
  outcome: z.enum(['candidate', 'registered-only', 'no-candidate']),
  reason: noCandidateSchema.nullable(),
  /** One line for people. */
  because: z.string(),
  version: versionRefSchema.nullable(),
  onnxSha256: z.string().nullable(),
  verdicts: z.array(gateVerdictSchema),
  evidence: evidenceSchema.nullable(),
  /** True when as-of was taken from the newest source event (first version, no prediction log). */
  fromSource: z.boolean(),
});
/** How a retrain ended. */
export type RetrainReport = z.infer<typeof retrainReportSchema>;

/** How a rollout ended. */
export const rolloutOutcomeSchema = z.enum([
  'promoted',
  'promoted-unproven',
  'rejected',
  'expired',
  'superseded',
  'rolled-back',
  'gave-up',
  'refused',
  'cancelled',
]);
/** How a rollout ended. */
export type RolloutOutcome = z.infer<typeof rolloutOutcomeSchema>;

/** What a rollout reports at its end. */
export const rolloutReportSchema = z.strictObject({
  run: z.string(),
  version: versionRefSchema,
  outcome: rolloutOutcomeSchema,
  because: z.string(),
  who: z.string(),
  evidence: evidenceSchema.nullable(),
});
/** What a rollout reports at its end. */
export type RolloutReport = z.infer<typeof rolloutReportSchema>;

/** What a rollout waits for while it is open. */
export const rolloutWaitingSchema = z.strictObject({
  run: z.string(),
  phase: z.enum(['shadow', 'approval', 'promote', 'bake']),
  waitingFor: z.enum(['event-time', 'person', 'machine']),
  /** Serving's clock up to which the rollout has looked at the log; null when it has not looked. */
  seen: z.string().nullable(),
});
/** What a rollout waits for while it is open. */
export type RolloutWaiting = z.infer<typeof rolloutWaitingSchema>;

/** What one trigger found in a check. */
export const triggerOutcomeSchema = z.enum([
  'quiet',
  'fired',
  'too-few-labels',
  'no-data',
  'no-baseline',
  'inconclusive',
]);
/** What one trigger found in a check. */
export type TriggerOutcome = z.infer<typeof triggerOutcomeSchema>;

/**
 * Outcome by trigger, as the ledger line of a check has it: e.g. `data-drift` → `fired`. The other entries of its evidence (numbers, the
 * code of plug-ins) are none.
 */
export function outcomesIn(evidence: Evidence | undefined): Record<string, TriggerOutcome> {
  const outcomes = Object.entries(evidence?.summary ?? {}).flatMap(([trigger, said]) => {
    const { data } = triggerOutcomeSchema.safeParse(said);
    return data === undefined ? [] : [[trigger, data] as const];
  });
  return Object.fromEntries(outcomes);
}

/** One trigger's verdict in a check. */
export const triggerVerdictSchema = z.strictObject({
  kind: triggerKindSchema,
  /** Set where the performance was estimated before labels came. */
  labels: z.literal('estimated').optional(),
  /** Of a trigger of a plug-in: its name in the spec. */
  name: z.string().optional(),
  outcome: triggerOutcomeSchema,
  action: z.enum(['alert', 'retrain', 'none']),
  because: z.string(),
  numbers: z.record(z.string(), z.number()),
  /** The code that said so, or that measured what was judged; only where it is a plug-in's. */
  plugin: pluginRefSchema.optional(),
});
/** One trigger's verdict in a check. */
export type TriggerVerdict = z.infer<typeof triggerVerdictSchema>;

/** What a monitor run found. */
export const checkReportSchema = z.strictObject({
  run: z.string(),
  asOf: z.string(),
  watermark: z.string().nullable(),
  champion: z.number().int().nullable(),
  triggers: z.array(triggerVerdictSchema),
  evidence: artifactRefSchema.nullable(),
  /** What people should look at, such as labels of which no file has come. */
  warnings: z.array(z.string()).optional(),
  /** Why nothing could be measured; then no trigger was judged. */
  unmeasured: z.string().optional(),
});
/** What a monitor run found. */
export type CheckReport = z.infer<typeof checkReportSchema>;

/** What a rollout asks the lifecycle to do with the aliases (update `advance` on model/…). */
export const advanceSchema = z.strictObject({
  run: z.string(),
  version: versionRefSchema,
  step: z.enum(['shadow', 'promote', 'bake-passed', 'roll-back', 'withdraw']),
  who: z.string(),
  why: z.string(),
  verdicts: z.array(gateVerdictSchema).default([]),
  evidence: evidenceSchema.optional(),
});
/** What a rollout asks the lifecycle to do with the aliases. */
export type Advance = z.infer<typeof advanceSchema>;
/** The lifecycle's answer to `advance`. */
export type AdvanceAnswer =
  | { readonly done: true; readonly generation: number; readonly effectiveFrom: string | null }
  | { readonly done: false; readonly refused: string };

/** The lifecycle's answer to `retrain`. */
export type RetrainAnswer =
  | {
      readonly outcome: 'started' | 'queued' | 'merged';
      readonly n: number;
      readonly run: string;
      readonly asOf: string;
    }
  | { readonly outcome: 'refused' | 'historical'; readonly because: string };

/** The answer to `import-history`. */
export interface HistoryAnswer {
  readonly outcome: 'taken' | 'repeated';
  /** Up to where the prediction log is complete now. */
  readonly watermark: string | null;
}

/** The answer to `decide`. */
export type DecideAnswer =
  | { readonly outcome: 'promoted'; readonly version: number; readonly effectiveFrom: string | null }
  | { readonly outcome: 'rejected'; readonly version: number }
  | { readonly outcome: 'repeated'; readonly version: number; readonly decision: 'approve' | 'reject' };
