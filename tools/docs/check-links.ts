import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parsePage, type Page, type Problem } from './markdown.js';

/** Relative links whose file, or whose heading in a Markdown file, does not exist. Addresses with a scheme are left alone. */
export function checkLinks(root: string, page: Page): Problem[] {
  return page.links.flatMap(({ line, target }) => {
    const message = problemOf(root, page, target);
    return message === undefined ? [] : [{ path: page.path, line, message }];
  });
}

function problemOf(root: string, page: Page, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [file = '', anchor] = decodeURIComponent(target).split('#');
  const path = file === '' ? page.path : posix.normalize(posix.join(posix.dirname(page.path), file));
  if (path.startsWith('..')) return `link to '${target}', outside the repository`;
  if (path !== page.path && !existsSync(join(root, path))) return `link to '${target}': there is no ${path}`;
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  const { anchors } = path === page.path ? page : parsePage(path, readFileSync(join(root, path), 'utf8'));
  return anchors.has(anchor) ? undefined : `link to '${target}': ${path} has no heading '#${anchor}'`;
}
