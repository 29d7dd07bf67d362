import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';
import { firstProblem, webhooksSchema, type Webhook, type WebhookConfig } from '../domain/webhooks.js';

const EXAMPLE = '[{"name":"ml-team","kind":"slack","urlFrom":"SLACK_WEBHOOK_URL"}]';

const isWebUrl = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text);

/** Variables of notifications. */
export const webhooksEnvironment = {
  PERENNIAL_WEBHOOKS: z
    .string()
    .default('[]')
    .transform(parseWebhooks)
    .describe(
      'Whom to tell when somebody must decide or something was refused, as JSON, or the path of a JSON or YAML file; see [notifications](../notifications.md). The same for every worker.',
    ),
  PERENNIAL_WEB_UI_URL: z
    .string()
    .refine(isWebUrl, { message: 'an address such as https://temporal.example.com' })
    .optional()
    .describe(
      'Address of the Temporal Web UI, for links in notifications; `perennial up` sets it. Absent: no links.',
    ),
} as const;

function parseWebhooks(text: string, context: z.RefinementCtx): WebhookConfig[] {
  try {
    const inline = /^\s*[[{]/.test(text);
    const parsed = webhooksSchema.safeParse(inline ? JSON.parse(text) : fromFile(text));
    if (parsed.success) return parsed.data;
    const message = `${firstProblem(parsed.error)}; expected ${EXAMPLE}`;
    context.addIssue({ code: 'custom', message });
  } catch {
    const message = `JSON such as ${EXAMPLE}, or the path of a file that holds it`;
    context.addIssue({ code: 'custom', message });
  }
  return z.NEVER;
}

/** Without the parser's warnings: they show lines of the file. */
const fromFile = (file: string): unknown => parse(readFileSync(file, 'utf8'), { logLevel: 'error' });

/** Looks up the addresses and secrets. Throws `webhook-unusable`, which names the webhook and the variable, never their values. */
export function resolveWebhooks(hooks: readonly WebhookConfig[], env: NodeJS.ProcessEnv): Webhook[] {
  return hooks.map((hook) => {
    const { name, kind, models, events, buttons } = hook;
    const url = hook.url ?? lookedUp(hook, 'urlFrom', env);
    const where = hook.urlFrom ?? 'url';
    if (!isWebUrl(url)) throw unusable(hook, where, 'an http or https address');
    const { username, password } = new URL(url);
    if (username !== '' || password !== '')
      throw unusable(hook, where, 'an address without a user and password');
    const secret = hook.secretFrom === undefined ? undefined : lookedUp(hook, 'secretFrom', env);
    if (secret !== undefined && secret.length < 16)
      throw unusable(hook, hook.secretFrom ?? '', 'a secret of at least 16 characters');
    return { name, kind, models, events, buttons, url, secret };
  });
}

function lookedUp(hook: WebhookConfig, key: 'urlFrom' | 'secretFrom', env: NodeJS.ProcessEnv): string {
  const name = hook[key] ?? '';
  const value = env[name]?.trim();
  if (value === undefined || value === '')
    throw unusable(hook, name, 'to be set in the worker’s environment');
  return value;
}

const unusable = ({ name }: WebhookConfig, where: string, allowed: string): PerennialError =>
  new PerennialError({
    type: 'webhook-unusable',
    thing: `${where} of webhook ${name} in PERENNIAL_WEBHOOKS`,
    value: '(not shown)',
    allowed,
    next: 'Set it and start the worker again; docs/notifications.md has an example.',
  });
