import { z } from 'zod';
import { ledgerLineSchema } from '../../domain/ledger.js';
import { lifecycleStateSchema } from '../../domain/lifecycle-state.js';
import { rolloutEvidenceSchema } from './answers.js';

const version = z.strictObject({
  version: z.number().int(),
  since: z.string().nullable().describe('Wall clock since which it is in this place.'),
});

/** One check, as `perennial status` shows it. */
export const checkPointSchema = z.strictObject({
  asOf: z.string().nullable(),
  at: z.string().describe('Wall clock of its decision.'),
  champion: z.number().int().nullable(),
  outcomes: z
    .record(z.string(), z.string())
    .describe('Outcome by trigger, such as `performance`: `quiet`, `fired`, `too-few-labels`.'),
  skill: z
    .number()
    .nullable()
    .describe('Loss of the champion / loss of the trivial baseline; lower is better.'),
  skillAtRelease: z.number().nullable().describe('The same on the holdout of its release.'),
  error: z.number().nullable().describe("The task's metric on rows whose labels are known."),
  driftShare: z.number().nullable().describe('Share of the compared features that drifted.'),
});
/** One check, as `perennial status` shows it. */
export type CheckPoint = z.infer<typeof checkPointSchema>;

/** A model on one screen. */
export const modelOverviewSchema = z.strictObject({
  model: z.string(),
  champion: version.nullable().describe('What serves.'),
  challenger: version.nullable().describe('What is tried.'),
  previous: version.nullable().describe('What a rollback goes back to.'),
  baking: z.boolean().describe('The champion is still watched beside the previous one.'),
  now: z.string().nullable().describe("The model's now, in event time."),
  paused: z.strictObject({ by: z.string(), reason: z.string(), since: z.string() }).nullable(),
  retrain: z
    .strictObject({
      run: z.string(),
      triggers: z.array(z.string()),
      since: z.string(),
      steps: z
        .array(
          z.strictObject({
            step: z.string().describe('What is being worked on, such as `train`.'),
            attempt: z.number().int(),
            details: z
              .unknown()
              .describe('What it last said of itself: phase, epoch, epochs, loss, message.'),
          }),
        )
        .describe('Empty between two steps, and where Temporal does not tell.'),
    })
    .nullable()
    .describe('The open retrain.'),
  rollout: z
    .strictObject({ run: z.string(), version: z.number().int(), phase: z.string(), since: z.string() })
    .nullable()
    .describe('The open rollout and since when it is in this phase.'),
  waiting: z
    .strictObject({
      for: z.enum(['person', 'event-time', 'machine']),
      who: z.array(z.string()).describe('Groups that may decide; empty unless it waits for a person.'),
      version: z.number().int(),
      since: z.string(),
      until: z.string().nullable().describe('When the approval expires.'),
    })
    .nullable()
    .describe('What the open rollout waits for.'),
  queued: z.number().int().describe('Requests for retrains that wait.'),
  checks: z.array(checkPointSchema).describe('The newest checks, oldest first, 24 at most.'),
  next: z.strictObject({
    check: z.string().nullable().describe('Wall clock of the next scheduled check; null when none is due.'),
    retrain: z.string().nullable().describe('Likewise of the next scheduled retrain.'),
  }),
  lastDecision: z
    .strictObject({
      kind: z.string(),
      version: z.number().int().nullable(),
      who: z.string(),
      why: z.string(),
      at: z.string(),
    })
    .nullable(),
  unservable: z.array(z.string()).describe('Versions that no replica could serve, and why.'),
  unwritten: z.number().int().describe('Ledger lines that wait for the store.'),
  untold: z.number().int().describe('Events of the last seven days that a webhook was not told of.'),
});
/** A model on one screen. */
export type ModelOverview = z.infer<typeof modelOverviewSchema>;

/** A model of the store that does not run on this Temporal server. */
export const notRunningSchema = z.strictObject({
  model: z.string(),
  error: z.strictObject({ type: z.string(), message: z.string() }).describe('Why nothing is known of it.'),
});

/** What `perennial status <model> --json` prints. */
export const modelScreenSchema = modelOverviewSchema.extend({
  evidence: rolloutEvidenceSchema.nullable().describe('What a person is asked, when a rollout is open.'),
  recent: z.array(ledgerLineSchema).describe('The newest ledger lines, oldest first.'),
  state: lifecycleStateSchema.describe('The whole state of the lifecycle.'),
});
/** What `perennial status <model>` shows. */
export type ModelScreen = z.infer<typeof modelScreenSchema>;
