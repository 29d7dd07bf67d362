import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

const TEXT = /\.(md|ts|mts|mjs|js|json|ya?ml|py|txt|toml|sql|csv|go|mod|sum|sh)$|(^|\/)(LICENSE|Dockerfile)$/;

/** Where a source is on the site. A source is a file by its path from the repository's root, or a folder, which ends with `/`. */
export function htmlPath(source: string): string {
  if (source === 'README.md' || source.endsWith('/README.md'))
    return posix.join(posix.dirname(source), 'index.html');
  if (source.endsWith('/')) return `${source}index.html`;
  if (source.endsWith('.md')) return source.replace(/\.md$/, '.html');
  return TEXT.test(source) ? `${source}.html` : source;
}

/** True for what is shown as a page: a text file or a folder. Anything else is copied as it is. */
export const isPage = (source: string): boolean => source.endsWith('/') || TEXT.test(source);

/** The source that a link of a page means; undefined for an address elsewhere and for a place on the same page. */
export function linkedSource(root: string, from: string, href: string): string | undefined {
  const [file = ''] = decodeURIComponent(href).split('#');
  if (file === '' || /^[a-z][a-z+.-]*:/i.test(href)) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(from), file)).replace(/\/$/, '');
  if (!existsSync(join(root, path))) throw new Error(`${from} links to ${href}, and there is no ${path}`);
  if (!statSync(join(root, path)).isDirectory()) return path;
  const readme = posix.join(path, 'README.md');
  return existsSync(join(root, readme)) ? readme : `${path}/`;
}

/** From one page of the site to another, relative, so that the site works in any folder and from a disk. */
export function relativeLink(from: string, to: string): string {
  return posix.relative(posix.dirname(htmlPath(from)), htmlPath(to));
}
