import { z } from 'zod';
import { SHELLS } from './completion.js';

const share = z.number().nullable().describe('Share of missing cells; null without rows.');

/** `drift`: one member per column of both files. */
export const driftSchema = z.strictObject({
  columns: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['numeric', 'categorical']),
      missing: z.strictObject({ reference: share, current: share }),
      tests: z.array(
        z.strictObject({
          name: z.string(),
          statistic: z.number().nullable(),
          pValue: z.number().nullable().describe('Null for a distance.'),
          reason: z.string().optional().describe('Why there is no number.'),
        }),
      ),
      newCategories: z.array(z.string()).optional().describe('Not in the reference; 20 at most.'),
      drifted: z.boolean(),
    }),
  ),
  share: z.number().describe('Share of columns that drifted.'),
  drifted: z.boolean(),
});

/** `detect`: where a detector raised an alarm. */
export const detectSchema = z.strictObject({
  detector: z.string(),
  params: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))
    .describe('All of them, defaults included.'),
  alarms: z.array(z.number().int()).describe('Row numbers, from 0.'),
  warnings: z.array(z.number().int()),
});

/** `evaluate`: metrics by name. */
export const evaluateSchema = z.strictObject({
  metrics: z.record(z.string(), z.number().nullable()).describe('Null where a metric does not exist.'),
  rows: z.number().int().describe('Rows with a label.'),
  reasons: z.record(z.string(), z.string()).optional().describe('Why a metric does not exist.'),
});

const limit = z.number().nullable();
const chunkMetric = z.strictObject({
  estimated: z.number().nullable(),
  realized: z.number().nullable(),
  samplingError: z.number().nullable(),
  alert: z.boolean().describe('The estimate lies outside the limits.'),
  realizedAlert: z.boolean().nullable(),
  reason: z.string().optional().describe('Why a number is missing.'),
});

/** `estimate`: performance chunk by chunk. */
export const estimateSchema = z.strictObject({
  thresholds: z.record(z.string(), z.strictObject({ lower: limit, upper: limit })).describe('By metric.'),
  calibration: z.string(),
  chunks: z.array(
    z
      .object({ start: z.number().int(), end: z.number().int() })
      .catchall(chunkMetric)
      .describe('First and last row, and each metric by its name.'),
  ),
});

/** `init`: what was written. */
export const initSchema = z.strictObject({
  out: z.string().describe('The file with the spec.'),
  spec: z.record(z.string(), z.unknown()).describe('The spec, as spec.md describes it.'),
  warnings: z.array(z.string()).describe('Guesses that somebody should look at.'),
});

/** `doctor`: a finding per part. */
export const doctorSchema = z.array(
  z.strictObject({
    name: z.string(),
    status: z.enum(['ok', 'missing', 'warning']).describe('`missing` stops Perennial, `warning` may.'),
    found: z.string(),
    needed: z.string(),
    fix: z.string().describe('One line that gets it; empty when nothing is to be done.'),
  }),
);

/** `completion`: the script of a shell. */
export const completionSchema = z.strictObject({ shell: z.enum(SHELLS), script: z.string() });
