import { z } from 'zod';

/** Directives of `strptime` that make up a time without an offset; times with one are read without a format. */
const TIME_FORMAT = /^(%[dmYyHIMSfpbBaAj]|%-[dmyHIMS]|[^%])+$/;

/** Times that are counted since 1970. */
export const EPOCH_FORMATS = ['epoch seconds', 'epoch milliseconds'] as const;

/**
 * How the files of a source write what they hold, where that is not how everybody does. None has a default, so that a spec without
 * them keeps its digest.
 */
export const readingKeys = {
  decimal: z
    .literal(',')
    .optional()
    .describe(
      'Numbers in text have a decimal comma, and may have points between thousands: `1.234,5`. Holds for number features and the label of a regression. Absent: a decimal point.',
    ),
  missing: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'What the files write for a missing value, beside nothing at all, in any column: texts such as `NA`, numbers such as `-999`. Requests send null instead.',
    ),
  timeFormat: z
    .string()
    .regex(TIME_FORMAT, {
      message: 'a strptime format without an offset, such as `%d.%m.%Y %H:%M`, or `epoch seconds`',
    })
    .optional()
    .describe(
      'How event times in text are written, by strptime, e.g. `%d.%m.%Y %H:%M`; or `epoch seconds`, `epoch milliseconds`. ISO 8601 is read as well. Absent: ISO 8601 alone.',
    ),
} as const;
