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
  id: 'rollout/bike-demand/3/01a2004f-904a-725b-ae83-724d894aee51/approval-waiting',
  ...{ event: 'approval-waiting', model: 'bike-demand', version: 3 },
  ...{ at: '2026-11-21T22:52:24.320Z', asOf: null, who: 'ada or grace' },
  title: 'bike-demand: version 3 waits for a decision',
  text: 'ada or grace may decide until 2026-11-28T22:52:24.320Z.',
  ...{ deadline: '2026-11-28T22:52:24.320Z', metric: 'mae' },
  numbers: { candidate: 40.1, champion: 43.2, naive: 60.3, rows: 336 },
  verdicts: [
    {
      ...{ gate: 'not-worse-than-champion', outcome: 'pass', because: 'upper bound -3.1 %; allowed 1 %' },
      numbers: { estimate: -0.072, upper: -0.031 },
    },
  ],
  next: [
    {
      what: 'approve',
      command: 'perennial approve bike-demand --candidate 3 --by <you> --reason "…"',
    },
  ],
  link: 'http://127.0.0.1:8233/namespaces/default/workflows/rollout%2Fbike-demand%2F3',
  ...{ ledger: null, run: 'rollout/bike-demand/3' },
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
    table(notificationSchema),
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
