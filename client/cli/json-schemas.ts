import { z } from 'zod';
import { ledgerLineSchema, servingShareSchema } from '../../domain/ledger.js';
import { checkReportSchema, retrainReportSchema } from '../../domain/reports.js';
import * as answers from '../sdk/answers.js';
import { notifyReportSchema } from '../../domain/notification.js';
import { notifiedSchema } from '../sdk/notifications.js';
import { modelOverviewSchema, modelScreenSchema } from '../sdk/overview-schema.js';

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

/** What commands print with `--json`, by command line. Members may be added; none is renamed or changes its type. */
export const JSON_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  status: z.array(modelOverviewSchema),
  'status <model>': modelScreenSchema,
  apply: answers.applyAnswerSchema.extend({ model: z.string() }),
  retrain: retrainSchema,
  import: retrainSchema,
  'import-predictions': importedPredictionsSchema,
  check: checkReportSchema,
  approve: answers.decideAnswerSchema,
  reject: answers.decideAnswerSchema,
  promote: answers.promoteAnswerSchema,
  rollback: answers.rollbackAnswerSchema,
  pause: answers.pauseAnswerSchema,
  resume: answers.pauseAnswerSchema,
  ledger: z.array(ledgerLineSchema),
  'ledger --at': z.array(servingShareSchema),
  notify: z.array(notifiedSchema),
  'notify --test': notifyReportSchema,
};
