import type { z } from 'zod';
import {
  EVENT_MEANING,
  notificationEventSchema,
  notificationSchema,
  type Notification,
} from '../../domain/notification.js';
import { webhookSchema } from '../../domain/webhooks.js';
import { jsonSchemaOf, keyRows } from './json-schema.js';
import { fenced, markdownTable } from './markdown.js';

const INTRO = `# Notifications

What a webhook is told of, what it gets, and how one is named; [notifications](../notifications.md) shows how to use them.`;

const EXAMPLE: Notification = {
  format: 'perennial-notification/1',
  id: 'rollout/car-loan/1/01a20073-a688-7ee6-81a1-573c467da6ac/approval-waiting',
  ...{ event: 'approval-waiting', model: 'car-loan', version: 1 },
  ...{ at: '2026-11-21T23:31:49.288Z', asOf: null, who: 'ada or grace' },
  title: 'car-loan: version 1 waits for a decision',
  text: 'ada or grace may decide until 2026-11-28T23:31:49.288Z.',
  ...{ deadline: '2026-11-28T23:31:49.288Z', metric: 'roc_auc' },
  numbers: { candidate: 0.9652457657274292, naive: 0.5, rows: 3303 },
  verdicts: [
    {
      ...{ gate: 'better-than-naive', outcome: 'pass' },
      because: 'loss -93.0 % against the trivial baseline, upper bound -91.9 %',
      numbers: { estimate: -0.9304915314548583, lower: -0.9500741047427526, upper: -0.9194977161597288 },
    },
  ],
  next: [
    {
      what: 'approve',
      command: 'perennial approve car-loan --candidate 1 --by <you> --reason "…"',
    },
  ],
  link: 'http://127.0.0.1:8233/namespaces/default/workflows/rollout%2Fcar-loan%2F1',
  ...{ ledger: null, run: 'rollout/car-loan/1' },
};

/** `docs/reference/notifications.md`: events, the message, the configuration. */
export function notificationsPage(): string {
  const example = notificationSchema.parse(EXAMPLE);
  return [
    INTRO,
    '## Events',
    markdownTable(
      ['event', 'when'],
      notificationEventSchema.options.map((event) => [`\`${event}\``, EVENT_MEANING[event]]),
    ),
    '## What a generic webhook gets',
    `One JSON object by \`POST\`. [notification.schema.json](notification.schema.json) holds the same as JSON schema. Members may be added; none is renamed or changes its type.`,
    markdownTable(
      ['key', 'value', 'meaning'],
      keyRows(jsonSchemaOf(notificationSchema)).map((row) => [`\`${row.path}\``, row.type, row.meaning]),
    ),
    'The question about the first version of [car-loan](../../examples/car-loan/README.md), some of its gates left out:',
    fenced('json', JSON.stringify(example, null, 2)),
    'Headers:',
    markdownTable(
      ['header', 'value'],
      [
        ['`perennial-event-id`', 'the `id`'],
        [
          '`perennial-signature`',
          'with `secretFrom`: `t=<epoch seconds>,v1=<hex>`, the HMAC-SHA256 of `<t>.<body>` under the secret',
        ],
      ],
    ),
    '## A webhook in the worker’s configuration',
    'What is needed has no default; – means that it may be absent. Either `urlFrom` or `url`.',
    table(webhookSchema),
  ].join('\n\n');
}

/** `docs/reference/notification.schema.json`. */
export function notificationJsonSchema(): string {
  return JSON.stringify(jsonSchemaOf(notificationSchema), null, 2);
}

const table = (schema: z.ZodType): string =>
  markdownTable(
    ['key', 'value', 'default', 'meaning'],
    keyRows(jsonSchemaOf(schema)).map((row) => [`\`${row.path}\``, row.type, row.fallback, row.meaning]),
  );
