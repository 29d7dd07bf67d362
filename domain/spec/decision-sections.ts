import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { count, probability, shareSchema } from './numbers.js';
import { pluginGateSchema, pluginTriggerSchema } from './plugin-section.js';

const action = z.enum(['alert', 'retrain']);
const ACTION = '`alert` records that it fired; `retrain` also asks for a retrain.';
const CONFIDENCE = 'One-sided confidence of the bound that decides.';

/** Why a retrain is asked without a person. */
export const triggerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z
      .literal('schedule')
      .describe('Asks at regular event times, counted from the first version’s as-of.'),
    every: durationSchema.describe('Time between two asks.'),
    offset: durationSchema.optional().describe('Moves every ask later by this much.'),
  }),
  z.strictObject({
    kind: z
      .literal('performance')
      .describe(
        'Fires when the champion’s loss against the baseline is surely worse than when it was released.',
      ),
    labels: z
      .enum(['matured', 'estimated'])
      .optional()
      .describe(
        'Which labels the loss comes from; absent: `matured`. `estimated` needs none: the loss is estimated from the scores (classes) or the inputs (regression) and compared with the loss at release, because no naive forecast can be judged without labels.',
      ),
    relativeTo: z
      .literal('naive')
      .default('naive')
      .describe('What the loss from matured labels is compared with.'),
    worseBy: shareSchema.describe('How much worse than at release, e.g. `20%`.'),
    over: durationSchema.describe(
      'Which matured rows count: event time in (as-of − label delay − over, as-of − label delay]. With estimated labels the newest rows: (as-of − over, as-of].',
    ),
    minLabels: count
      .default(100)
      .describe(
        'Fewer labelled rows than this end as `too-few-labels`; with estimated labels, fewer requests than this as `no-data`.',
      ),
    confidence: probability.default(0.95).describe(CONFIDENCE),
    action: action.default('retrain').describe(ACTION),
  }),
  z.strictObject({
    kind: z
      .literal('data-drift')
      .describe('Fires when enough inputs no longer look as they did in the champion’s training window.'),
    test: z.enum(['psi', 'ks']).describe('Population stability index, or Kolmogorov–Smirnov.'),
    threshold: z
      .number()
      .gt(0)
      .optional()
      .describe(
        '`psi`: drift above this (absent: 0.2) where the corrected p-value of χ² on the same bins is below 0.01. `ks`: drift below this corrected p-value (absent: 0.01). Both allow for rows that depend on their neighbours.',
      ),
    shareOfFeatures: shareSchema.default(0.3).describe('Share of the features that must have drifted.'),
    over: durationSchema.optional().describe('Which requests are looked at; absent: the last 7 days.'),
    action: action
      .default('alert')
      .describe('`retrain` asks only when the performance trigger of the same check fired too.'),
  }),
  z.strictObject({
    kind: z.literal('new-data').describe('Fires when enough rows came after the champion’s holdout.'),
    rows: count.describe('How many rows.'),
    action: action.default('retrain').describe(ACTION),
  }),
  pluginTriggerSchema,
]);

/** A check that a candidate must pass. */
export const gateSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z
      .literal('not-worse-than-champion')
      .describe('The upper bound of the relative loss difference stays within the margin.'),
    margin: shareSchema.default(0.01).describe('How much worse the candidate may be.'),
    confidence: probability.default(0.95).describe(CONFIDENCE),
  }),
  z.strictObject({
    kind: z
      .literal('better-than-champion')
      .describe('The upper bound of the relative loss difference is below zero.'),
    confidence: probability.default(0.95).describe(CONFIDENCE),
  }),
  z.strictObject({
    kind: z.literal('slice').describe('No value of one category may be surely worse than the margin.'),
    by: z.string().min(1).describe('Feature whose every value (category) is a slice.'),
    margin: shareSchema.default(0.1).describe('How much worse a slice may be.'),
    minRows: count.default(30).describe('Slices with fewer holdout rows are named and not judged.'),
    confidence: probability.default(0.95).describe(CONFIDENCE),
  }),
  z.strictObject({
    kind: z.literal('latency').describe('Scoring one row must be quick enough on the worker’s machine.'),
    p99: durationSchema.describe('Most time that 99 % of the rows may take.'),
  }),
  z.strictObject({
    kind: z.literal('size').describe('The exported model must be small enough.'),
    maxBytes: count.describe('Most bytes of the ONNX file.'),
  }),
  z.strictObject({
    kind: z.literal('minimum-rows').describe('The holdout must be large enough to judge by.'),
    holdout: count.describe('Rows that the holdout must have.'),
  }),
  pluginGateSchema,
]);

/** How a candidate reaches traffic, and how it is watched. */
export const rolloutSchema = z.strictObject({
  first: z
    .enum(['ask', 'auto'])
    .default('ask')
    .describe('`auto` promotes the first version that passes its gates without asking.'),
  shadow: z
    .strictObject({
      requests: z
        .number()
        .int()
        .min(0)
        .default(100)
        .describe('Requests that champion and candidate must both have scored.'),
      span: durationSchema
        .default('1 day')
        .describe(
          'Event time that these must span, with traffic in 80 % of its hours (spans ≤ 3 days) or days.',
        ),
      giveUpAfter: durationSchema
        .default('14 days')
        .describe('Wall-clock time after which the candidate is given up.'),
    })
    .prefault({})
    .describe('The candidate scores live requests; nobody sees its answers.'),
  approval: z
    .strictObject({
      from: z
        .array(z.string().min(1))
        .min(1)
        .describe('Groups of people who may decide; the worker’s configuration names their members.'),
      expiresAfter: durationSchema
        .default('7 days')
        .describe('Wall-clock time after which nobody is asked any more.'),
      onExpiry: z.enum(['reject', 'approve']).default('reject').describe('What then happens.'),
    })
    .optional()
    .describe('Who is asked before the promotion; absent: nobody.'),
  bake: z
    .strictObject({
      span: durationSchema
        .default('1 day')
        .describe('Event time for which a new champion is watched, beyond the label delay.'),
      rollBackIfWorseBy: shareSchema
        .default(0.1)
        .describe(
          'Rolls back when the lower bound of the relative loss difference to the previous champion is above this.',
        ),
    })
    .prefault({})
    .describe('The previous champion keeps scoring every request unseen; the new one is judged against it.'),
});
