import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { PerennialError } from '../domain/errors.js';
import { webhooksSchema } from '../domain/webhooks.js';

/**
 * The webhooks of a JSON or YAML file, as the worker's variable PERENNIAL_WEBHOOKS. The file names the variables that hold addresses and
 * secrets. Throws `webhooks-unreadable` for a file that cannot be read or is not what it should be.
 */
export async function readWebhooksFile(file: string): Promise<string> {
  try {
    const webhooks = webhooksSchema.safeParse(parse(await readFile(file, 'utf8')));
    if (webhooks.success) return JSON.stringify(webhooks.data);
    const [issue] = webhooks.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  } catch (error) {
    throw new PerennialError(
      {
        type: 'webhooks-unreadable',
        thing: `webhooks file ${file} (${error instanceof Error ? error.message : String(error)})`,
        allowed:
          'a list in JSON or YAML: [{"name": "ml-team", "kind": "slack", "urlFrom": "SLACK_WEBHOOK_URL"}]',
        next: 'Correct the file; docs/notifications.md has an example.',
      },
      { cause: error },
    );
  }
}
