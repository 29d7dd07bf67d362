import { escapeHtml } from './highlight.js';
import { readingOrder, type NavGroup } from './navigation.js';
import { htmlPath, relativeLink } from './paths.js';
import type { Heading } from './render.js';

/** What a page of the site is made of. */
export interface PageParts {
  /** Path of the source from the repository's root. */
  readonly source: string;
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
}

// No script, style, picture or request from elsewhere: the site is read where there is no network, and tells nobody.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'";

/** Style sheets, in their order: colours, the text, the frame around it, which has the last word on narrow screens. */
export const STYLES = ['theme.css', 'text.css', 'frame.css'];

/** One whole page. */
export function layout({ source, title, html, headings }: PageParts, groups: readonly NavGroup[]): string {
  const root = '../'.repeat(htmlPath(source).split('/').length - 1);
  return `<!doctype html>
<html lang="en" data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title === 'Perennial' ? title : `${title} · Perennial`)}</title>
<link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
${STYLES.map((name) => `<link rel="stylesheet" href="${root}assets/${name}">`).join('\n')}
<script src="${root}assets/theme.js"></script>
<script src="${root}assets/site.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="top">
<button class="menu" aria-label="Pages" aria-expanded="false" aria-controls="pages">☰</button>
<a class="brand" href="${root}index.html"><img src="${root}assets/icon.svg" alt="" width="22" height="22">Perennial</a>
<div class="search" role="search">
<input type="search" placeholder="Search, or paste an error" aria-label="Search the documentation" autocomplete="off" spellcheck="false">
<ol class="found" hidden></ol>
</div>
<button class="theme" aria-label="Light or dark">◐</button>
</header>
<div class="columns">
<nav id="pages" aria-label="Pages">${navigation(source, groups)}</nav>
<main id="content">
<article>
${html}</article>
${neighbours(source, groups)}
</main>
<aside aria-label="On this page">${contents(headings)}</aside>
</div>
</body>
</html>
`;
}

function navigation(source: string, groups: readonly NavGroup[]): string {
  return groups
    .map(({ title, items }) => {
      const links = items.map((item) => {
        const here = item.source === source ? ' aria-current="page"' : '';
        return `<li><a href="${relativeLink(source, item.source)}"${here}>${escapeHtml(item.title)}</a></li>`;
      });
      return `<h2>${escapeHtml(title)}</h2><ul>${links.join('')}</ul>`;
    })
    .join('\n');
}

/** The page before and the page after in reading order. */
function neighbours(source: string, groups: readonly NavGroup[]): string {
  const order = readingOrder(groups);
  const at = order.findIndex((item) => item.source === source);
  if (at === -1) return '';
  const link = (rel: 'prev' | 'next', index: number): string => {
    const item = order[index];
    if (item === undefined) return '<span></span>';
    const words = rel === 'prev' ? `← ${item.title}` : `${item.title} →`;
    return `<a rel="${rel}" href="${relativeLink(source, item.source)}">${escapeHtml(words)}</a>`;
  };
  return `<nav class="neighbours" aria-label="Next pages">${link('prev', at - 1)}${link('next', at + 1)}</nav>`;
}

function contents(headings: readonly Heading[]): string {
  const shown = headings.filter(({ depth }) => depth === 2 || depth === 3);
  if (shown.length < 2) return '';
  const links = shown.map(
    ({ depth, id, text }) => `<li class="depth-${depth}"><a href="#${id}">${escapeHtml(text)}</a></li>`,
  );
  return `<h2>On this page</h2><ul>${links.join('')}</ul>`;
}
