import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { readingKeys } from './reading-section.js';

/** What `from` says where labels come by feedback to serving; no file can have this name, as files need an ending that tells their format. */
export const FEEDBACK = 'feedback';

/**
 * When labels are known, and where they come from: the rows' own column, files of their own, or feedback. Only `delay` has a default, so that
 * a spec without a source for labels keeps its digest.
 */
export const labelsSchema = z.strictObject({
  delay: durationSchema
    .default('0 seconds')
    .describe('How long after its event time a row’s label is known.'),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File or glob of CSV, Parquet or JSON lines with labels, below a data root like `rows`. A glob may match nothing yet. The rows’ own column is then not read. Or `feedback`: what clients post to serving labels the rows that have none of their own. Absent: labels are a column of the rows.',
    ),
  join: z
    .enum(['key', 'prediction-id'])
    .optional()
    .describe(
      'What a label names: the row’s key (default), or the prediction’s id, which the rows then carry as `prediction_id`.',
    ),
  key: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Column of the label files that names the row. Absent: the name of `source.key` (else of the event time), or `prediction_id`.',
    ),
  arrival: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Column of the label files with the time at which a label arrived: nothing that looks from before may see it. Absent: event time + delay.',
    ),
  decimal: z
    .enum([',', '.'])
    .optional()
    .describe('How the label files write the label of a regression, where not as the rows: `,` or `.`.'),
  missing: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'What the label files write for a missing value, where not as the rows; an empty list: nothing of that kind.',
    ),
  timeFormat: readingKeys.timeFormat.describe(
    'How the label files write the time of arrival, and a key that is the event time, where not as the rows. ISO 8601 is read as well.',
  ),
});
