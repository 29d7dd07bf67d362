import { join } from 'node:path';
import prettier from 'prettier';
import { cliPage } from './cli-page.js';
import { environmentPage } from './environment-page.js';
import { jsonPage } from './json-page.js';
import { messagesPage } from './messages-page.js';
import { metricsPage } from './metrics-page.js';
import { notificationJsonSchema, notificationsPage } from './notifications-page.js';
import { specJsonSchema, specPage } from './spec-page.js';

/** Pages that are generated, by path. */
const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/spec.md': specPage,
  'docs/reference/spec.schema.json': specJsonSchema,
  'docs/reference/cli.md': cliPage,
  'docs/reference/messages.md': messagesPage,
  'docs/reference/json.md': jsonPage,
  'docs/reference/environment.md': environmentPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/notifications.md': notificationsPage,
  'docs/reference/notification.schema.json': notificationJsonSchema,
};

const HEAD = '<!-- Written by `npm run docs` from the code. Change the code, not this page. -->';

/** Renders every generated page as it must be on disk. */
export async function renderPages(root: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [path, render] of Object.entries(GENERATED)) {
    const text = await render();
    pages.set(path, await formatted(root, path, path.endsWith('.md') ? `${HEAD}\n\n${text}` : text));
  }
  return pages;
}

/** As prettier leaves it, so that formatting the repository changes nothing. */
async function formatted(root: string, path: string, text: string): Promise<string> {
  const options = await prettier.resolveConfig(join(root, path));
  return prettier.format(text, { ...options, filepath: path });
}
