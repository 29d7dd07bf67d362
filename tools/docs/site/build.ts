import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { CODES_PAGE } from '../check-codes.js';
import { errorCodes } from '../error-codes.js';
import { pagePaths } from '../page-paths.js';
import { escapeHtml, highlighted } from './highlight.js';
import { layout, STYLES, type PageParts } from './layout.js';
import { readNavigation } from './navigation.js';
import { htmlPath, isPage, linkedSource, relativeLink } from './paths.js';
import { renderMarkdown } from './render.js';
import { entriesOf, searchScript } from './search-index.js';

const ASSETS = [...STYLES, 'site.js', 'theme.js', 'icon.svg'];

/**
 * The whole site, by path: a page for every Markdown page of the repository and for every text file and folder that one of them
 * links to, and copies of what else they name, so that no link leaves the site. Reads only. Throws for a link that leads nowhere.
 */
export function buildSite(root: string): ReadonlyMap<string, string | Buffer> {
  const site = new Map<string, string | Buffer>();
  const navigation = readNavigation(readFileSync(join(root, 'docs/README.md'), 'utf8'));
  const sources = new Set(pagePaths(root));
  const parts: PageParts[] = [];
  // A set may grow while it is walked: what a page links to comes after it.
  for (const source of sources) {
    if (!isPage(source)) site.set(source, readFileSync(join(root, source)));
    else parts.push(pageOf(root, source, (linked) => void sources.add(linked)));
  }
  for (const page of parts) site.set(htmlPath(page.source), layout(page, navigation));
  for (const name of ASSETS)
    site.set(`assets/${name}`, readFileSync(join(import.meta.dirname, 'assets', name)));
  const codes = errorCodes(root);
  const found = parts
    .filter(({ source }) => source.endsWith('.md'))
    .flatMap((page) => entriesOf(page, page.source === CODES_PAGE ? codes : undefined));
  return site.set('assets/search.js', searchScript(found));
}

type Visit = (source: string) => void;

function pageOf(root: string, source: string, visit: Visit): PageParts {
  if (source.endsWith('/')) return folderPage(root, source, visit);
  const text = readFileSync(join(root, source), 'utf8');
  if (!source.endsWith('.md')) return codePage(source, text);
  const { html, headings } = renderMarkdown(text, (href) => {
    const linked = linkedSource(root, source, href);
    if (linked === undefined) return href;
    visit(linked);
    const anchor = /#.*$/.exec(href)?.[0] ?? '';
    return `${relativeLink(source, linked)}${anchor}`;
  });
  return { source, title: headings[0]?.text ?? source, html, headings };
}

function codePage(source: string, text: string): PageParts {
  const code = highlighted(text.trimEnd(), extname(source).slice(1));
  const html = `<h1><code>${escapeHtml(source)}</code></h1>\n<pre tabindex="0"><code class="hljs">${code}</code></pre>\n`;
  return { source, title: source, html, headings: [] };
}

/** A folder without a README: its files by name. */
function folderPage(root: string, source: string, visit: Visit): PageParts {
  const names = readdirSync(join(root, source), { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => posix.join(source, entry.name) + (entry.isDirectory() ? '/' : ''))
    .sort();
  const items = names.map((name) => {
    const shown = `<code>${escapeHtml(posix.basename(name))}${name.endsWith('/') ? '/' : ''}</code>`;
    if (name.endsWith('/') || !isPage(name)) return `<li>${shown}</li>`;
    visit(name);
    return `<li><a href="${relativeLink(source, name)}">${shown}</a></li>`;
  });
  const html = `<h1><code>${escapeHtml(source)}</code></h1>\n<ul>${items.join('')}</ul>\n`;
  return { source, title: source, html, headings: [] };
}
