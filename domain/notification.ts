import { z } from 'zod';
import { instantSchema, modelNameSchema } from './references.js';
import { gateVerdictSchema } from './verdict.js';

/** What people are told of, by name. `test` is only sent by `perennial notify --test`. */
export const notificationEventSchema = z.enum([
  'approval-waiting',
  'approval-expiring',
  'promoted',
  'rolled-back',
  'rollout-ended',
  'no-candidate',
  'spec-refused',
  'retrain-refused',
  'alert',
  'check-failed',
  'unservable',
  'lost',
  'test',
]);
/** What people are told of. */
export type NotificationEvent = z.infer<typeof notificationEventSchema>;

/** When each event happens, for the reference. */
export const EVENT_MEANING: Readonly<Record<NotificationEvent, string>> = {
  'approval-waiting': 'A candidate waits for a person.',
  'approval-expiring':
    'It still waits, and the last quarter of its time has begun (the last day, where that is shorter).',
  promoted:
    'A version became the champion: the first one, an approved one, or one that an operator forced in.',
  'rolled-back': 'A champion was taken back, by its bake or by hand.',
  'rollout-ended':
    'A rollout ended otherwise: rejected, expired, superseded, gave-up, refused, cancelled or promoted-unproven.',
  'no-candidate': 'A retrain ended without a candidate: contract-broken, gates-failed, training-failed, …',
  'spec-refused': 'A spec was not applied: it loosens a live model, or its schedules could not be made.',
  'retrain-refused':
    'A request for a retrain was refused: cool-down, budget, pause. Told only to a webhook that names it.',
  alert: 'A trigger with `"action": "alert"` began to fire. Checks in which it goes on firing are not told.',
  'check-failed': 'A check could not be measured, and the one before it could.',
  unservable: 'Replicas cannot serve a version.',
  lost: 'A retrain or rollout closed without a report: somebody terminated it.',
  test: 'Somebody ran `perennial notify --test`.',
};

// Which ones there are depends on the event.
const numbersSchema = z
  .record(z.string(), z.number())
  .describe(
    'The numbers that matter. On the holdout, in units of `metric`: `candidate`, `champion`, `naive`, with `rows`. Of a bake: `difference` of the losses, relative, with `lower` and `upper`. Of an alert: `liveError`, `skillRatio`, `skillRatioAtRelease`, `driftShare`. Absent: not known.',
  );

/** What a generic webhook gets, as JSON. Members may be added; none is renamed or changes its type. */
export const notificationSchema = z.object({
  format: z.literal('perennial-notification/1'),
  id: z
    .string()
    .describe(
      'Names the event. Each delivery of it carries the same id: take each once. Also in the header `perennial-event-id`.',
    ),
  event: notificationEventSchema,
  model: z.string().nullable().describe('Null for a test.'),
  version: z.number().int().nullable(),
  at: z.string().describe('Wall clock of the decision, ISO 8601.'),
  asOf: z.string().nullable().describe('Event time that it looks from.'),
  who: z
    .string()
    .describe('Who decided: a name as claimed, `policy`, `monitor`, `bake`. Of a question: who may decide.'),
  title: z.string().describe('One line.'),
  text: z.string().describe('Why, in words, as in the ledger; 1500 characters at most.'),
  deadline: z.string().nullable().describe('When a question expires.'),
  metric: z.string().nullable().describe('Metric of `candidate`, `champion` and `naive`.'),
  numbers: numbersSchema,
  verdicts: z.array(gateVerdictSchema).describe('What each gate said, 20 at most.'),
  next: z
    .array(z.strictObject({ what: z.string(), command: z.string() }))
    .describe('What can be done now: the command lines.'),
  link: z.string().nullable().describe('Page in the Temporal Web UI, when `PERENNIAL_WEB_UI_URL` is set.'),
  ledger: z.number().int().nullable().describe('Line of the ledger; null for a question and a test.'),
  run: z.string().nullable().describe('Workflow id that it is about.'),
});
/** What a generic webhook gets. */
export type Notification = z.infer<typeof notificationSchema>;

const lineSchema = z.strictObject({
  kind: z.literal('line'),
  event: notificationEventSchema,
  model: modelNameSchema,
  seq: z.number().int().min(1),
  /** With `seq` it tells a line from that of an earlier model of the same name. */
  decidedAt: instantSchema,
});
const approvalSchema = z.strictObject({
  kind: z.literal('approval'),
  model: modelNameSchema,
  version: z.number().int().min(1),
  /** The rollout that asks, and the run of it. */
  run: z.string(),
  runId: z.string(),
  askedAt: instantSchema,
  deadline: instantSchema,
  approvers: z.array(z.string()),
});
const testSchema = z.strictObject({
  kind: z.literal('test'),
  id: z.string(),
  by: z.string(),
  at: instantSchema,
});

/** What a notification is about: ids alone, since it is kept in a history. */
export const aboutSchema = z.discriminatedUnion('kind', [lineSchema, approvalSchema, testSchema]);
/** What a notification is about. */
export type About = z.infer<typeof aboutSchema>;
/** A question to people, as its rollout tells it. */
export type AboutApproval = z.infer<typeof approvalSchema>;
/** A line of the ledger that people are told of. */
export type AboutLine = z.infer<typeof lineSchema>;

/** Argument of the `notify` workflow. */
export const notifyInputSchema = z.strictObject({
  about: aboutSchema,
  /** Names of the webhooks that want it; absent: every one that the worker knows. */
  hooks: z.array(z.string()).max(50).optional(),
});
/** Argument of the `notify` workflow. */
export type NotifyInput = z.infer<typeof notifyInputSchema>;

/** What became of one event at one webhook; `moot`: by then there was nothing to tell any more. */
export const deliverySchema = z.strictObject({
  hook: z.string(),
  event: notificationEventSchema,
  outcome: z.enum(['delivered', 'moot', 'failed']),
  because: z.string().optional().describe('Why it was not delivered.'),
});
/** What became of one event at one webhook. */
export type Delivery = z.infer<typeof deliverySchema>;

/** Result of the `notify` workflow. */
export const notifyReportSchema = z.strictObject({ deliveries: z.array(deliverySchema) });
/** Result of the `notify` workflow. */
export type NotifyReport = z.infer<typeof notifyReportSchema>;

/** Names an event: the same on every delivery. */
export function eventId(about: About, event: NotificationEvent): string {
  switch (about.kind) {
    case 'line':
      return `${about.model}/${about.seq}/${about.decidedAt}`;
    case 'approval':
      return `${about.run}/${about.runId}/${event}`;
    case 'test':
      return about.id;
  }
}
