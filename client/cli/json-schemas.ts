import { z } from 'zod';
import { explanationSchema } from '../../domain/explanation.js';
import { ledgerLineSchema, servingShareSchema } from '../../domain/ledger.js';
import { checkReportSchema, retrainReportSchema } from '../../domain/reports.js';
import * as answers from '../sdk/answers.js';
import { notifyReportSchema } from '../../domain/notification.js';
import { notifiedSchema } from '../sdk/notifications.js';
import { modelOverviewSchema, modelScreenSchema, notRunningSchema } from '../sdk/overview-schema.js';
import { runningSchema } from '../sdk/settings.js';
import * as files from './file-schemas.js';
import { quietOutcomeSchema } from './first-decision.js';
import * as stored from './store-schemas.js';

/** What every command prints with `--json` when it fails, on standard output. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    type: z.string().describe('A stable name, such as `unknown-model`.'),
    message: z.string().describe('The line that people read.'),
    exitCode: z.number().int(),
  }),
});

const retrainSchema = z.union([
  z.object({
    ...answers.retrainAnswerSchema.options[0].shape,
    report: retrainReportSchema.optional().describe('With `--wait`.'),
  }),
  answers.retrainAnswerSchema.options[1],
]);

const importedPredictionsSchema = answers.historyAnswerSchema.extend({
  version: z.number().int(),
  predictions: z.number().int(),
  labels: z.number().int(),
  refused: z
    .array(z.object({ because: z.string(), rows: z.number().int(), first: z.array(z.number().int()) }))
    .describe('Rows that were left out, by reason, with the first of each.'),
  from: z.string(),
  to: z.string(),
});

/** Commands that print no result: they run until they are stopped, and their log goes to standard error. Errors are JSON all the same. */
export const WITHOUT_RESULT: readonly string[] = ['worker', 'serve', 'codec-server'];

/** What commands print with `--json`, by command line. Members may be added; none is renamed or changes its type. */
export const JSON_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  status: z.array(z.union([modelOverviewSchema, notRunningSchema])),
  'status <model>': modelScreenSchema,
  apply: answers.applyAnswerSchema.extend({
    model: z.string(),
    result: quietOutcomeSchema.optional().describe('With `--wait`: what came of it.'),
  }),
  'apply --dry-run': z
    .record(z.string(), z.unknown())
    .describe('The spec with its defaults, as spec.md describes it.'),
  retrain: retrainSchema,
  import: retrainSchema,
  init: files.initSchema,
  'import-predictions': importedPredictionsSchema,
  check: checkReportSchema,
  approve: answers.decideAnswerSchema,
  reject: answers.decideAnswerSchema,
  promote: answers.promoteAnswerSchema,
  rollback: answers.rollbackAnswerSchema,
  pause: answers.pauseAnswerSchema,
  resume: answers.pauseAnswerSchema,
  versions: stored.versionsSchema,
  'versions --explain': explanationSchema,
  predict: stored.predictSchema,
  ledger: z.array(ledgerLineSchema),
  'ledger --at': z.array(servingShareSchema),
  notify: z.array(notifiedSchema),
  'notify --test': notifyReportSchema,
  prune: stored.pruneSchema,
  upgrade: stored.buildsSchema,
  'upgrade <build>': stored.upgradedSchema,
  drift: files.driftSchema,
  detect: files.detectSchema,
  evaluate: files.evaluateSchema,
  estimate: files.estimateSchema,
  up: runningSchema,
  demo: stored.demoSchema,
  doctor: files.doctorSchema,
  completion: files.completionSchema,
};
