import { z } from 'zod';
import { notificationEventSchema, type NotificationEvent } from './notification.js';
import { modelNameSchema } from './references.js';

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { message: 'the name of an environment variable' });

/** Every event but the test, which goes to all. */
const wantedSchema = notificationEventSchema.exclude(['test']);

/** A webhook as people write it, in the worker's configuration. Never in a spec: its address is a secret. */
export const webhookSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, {
        message: 'a lower-case letter, then up to 39 lower-case letters, digits or hyphens',
      })
      .describe('Names it in logs, metrics and histories.'),
    kind: z
      .enum(['slack', 'generic'])
      .describe(
        '`slack`: `{"text", "blocks"}` for Slack and what is compatible with it. `generic`: our JSON.',
      ),
    urlFrom: variable
      .optional()
      .describe(
        'Environment variable of the worker that holds the address. An address that lets its owner post is a secret.',
      ),
    url: z.string().optional().describe('The address itself, where it is no secret.'),
    secretFrom: variable
      .optional()
      .describe(
        'Environment variable with the secret (16 characters or more) that signs each message; `generic` only.',
      ),
    models: z.array(modelNameSchema).min(1).optional().describe('Only these models. Absent: all.'),
    events: z
      .array(wantedSchema)
      .min(1)
      .optional()
      .describe('Only these events. Absent: all but `retrain-refused`.'),
    buttons: z
      .boolean()
      .default(false)
      .describe('Approve and reject buttons below a question; `slack` only, and an app must answer them.'),
  })
  .refine(({ url, urlFrom }) => (url === undefined) !== (urlFrom === undefined), {
    message: "either 'urlFrom' or 'url'",
  })
  .refine(({ kind, secretFrom }) => kind === 'generic' || secretFrom === undefined, {
    message: "'secretFrom' is for kind generic: Slack reads no signature",
  })
  .refine(({ kind, buttons }) => kind === 'slack' || !buttons, { message: "'buttons' is for kind slack" });
/** A webhook as the worker's configuration has it, defaults filled in. */
export type WebhookConfig = z.infer<typeof webhookSchema>;

/** All webhooks of a worker. */
export const webhooksSchema = z
  .array(webhookSchema)
  .max(50)
  .refine((hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length, {
    message: 'each name once',
  });

/** What is wrong first, by path. Never a value, nor an address that stands where a key belongs. */
export function firstProblem({ issues }: z.ZodError): string {
  const [issue] = issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  const addressAsKey = issue?.code === 'unrecognized_keys' && issue.keys.some((key) => key.includes('/'));
  return `${where}${addressAsKey ? 'an unrecognized key (not shown)' : (issue?.message ?? '')}`;
}

/** A webhook that can be called: secrets are looked up. Lives in the memory of a worker, and nowhere else. */
export interface Webhook extends Pick<WebhookConfig, 'name' | 'kind' | 'models' | 'events' | 'buttons'> {
  readonly url: string;
  /** Signs what is sent; undefined: nothing is signed. */
  readonly secret: string | undefined;
}

/** Whether a webhook is told of an event of a model. */
export function wants(
  { models, events }: Pick<Webhook, 'models' | 'events'>,
  model: string,
  event: NotificationEvent,
): boolean {
  if (models !== undefined && !models.includes(model)) return false;
  return events === undefined ? event !== 'retrain-refused' : events.some((one) => one === event);
}
