import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { PerennialError } from '../domain/errors.js';
import { firstProblem, webhooksSchema } from '../domain/webhooks.js';

/**
 * The webhooks of a JSON or YAML file, as the worker's variable PERENNIAL_WEBHOOKS. The file names the variables that hold addresses and
 * secrets. Throws `webhooks-unreadable` for a file that cannot be read or is not what it should be; the error shows none of its lines,
 * since an address may stand there.
 */
export async function readWebhooksFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error instanceof Error && 'code' in error ? String(error.code) : 'not read');
  });
  const webhooks = webhooksSchema.safeParse(parsed(file, text));
  if (webhooks.success) return JSON.stringify(webhooks.data);
  throw unreadable(file, firstProblem(webhooks.error));
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    const [at] = (error instanceof YAMLParseError ? error.linePos : undefined) ?? [];
    const where = at === undefined ? '' : ` in line ${at.line}, column ${at.col}`;
    throw unreadable(file, `no JSON or YAML${where}`);
  }
}

const unreadable = (file: string, because: string): PerennialError =>
  new PerennialError({
    type: 'webhooks-unreadable',
    thing: `webhooks file ${file} (${because})`,
    allowed: 'a list in JSON or YAML: [{"name": "ml-team", "kind": "slack", "urlFrom": "SLACK_WEBHOOK_URL"}]',
    next: 'Correct the file; docs/notifications.md has an example.',
  });
