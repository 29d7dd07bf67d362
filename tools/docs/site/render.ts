import { Marked, type RendererObject, type Tokens } from 'marked';
import { slug } from '../markdown.js';
import { escapeHtml, highlighted } from './highlight.js';

/** A heading of a page. */
export interface Heading {
  readonly depth: number;
  readonly id: string;
  /** As plain text. */
  readonly text: string;
}

/** A page as HTML. */
export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** Where a link of a page leads on the site. */
export type LinkOf = (href: string) => string;

/**
 * Renders the Markdown of one page. Headings get the anchors that GitHub gives them; a row of a table that begins with a name in
 * code gets that name, so that `troubleshooting.html#no-worker` leads to its row. HTML is shown as text, comments are left out.
 */
export function renderMarkdown(markdown: string, linkOf: LinkOf): Rendered {
  const headings: Heading[] = [];
  const taken = new Set<string>();
  const unique = (id: string): string => {
    const free = nextFree(id, taken);
    taken.add(free);
    return free;
  };
  const marked = new Marked({ gfm: true, renderer: rendererOf({ headings, unique, taken, linkOf }) });
  const html = marked.parse(markdown, { async: false });
  return { html, headings };
}

/** `id`, or with `-1`, `-2`, … behind it when it is taken. */
function nextFree(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  let n = 1;
  while (taken.has(`${id}-${n}`)) n++;
  return `${id}-${n}`;
}

interface Place {
  readonly headings: Heading[];
  readonly unique: (id: string) => string;
  readonly taken: Set<string>;
  readonly linkOf: LinkOf;
}

function rendererOf({ headings, unique, taken, linkOf }: Place): RendererObject {
  return {
    heading({ tokens, depth, text }) {
      const id = unique(slug(text));
      const inner = this.parser.parseInline(tokens);
      headings.push({ depth, id, text: plainText(inner) });
      const anchor = `<a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
      return `<h${depth} id="${id}">${inner}${depth === 1 ? '' : ` ${anchor}`}</h${depth}>\n`;
    },
    code({ text, lang }) {
      const language = lang?.split(' ')[0] ?? '';
      return `<pre tabindex="0"><code class="hljs">${highlighted(text, language)}</code></pre>\n`;
    },
    html({ text }) {
      return text.trimStart().startsWith('<!--') ? '' : escapeHtml(text);
    },
    link({ href, title, tokens }) {
      const titled = title === null || title === undefined ? '' : ` title="${escapeHtml(title)}"`;
      return `<a href="${escapeHtml(linkOf(href))}"${titled}>${this.parser.parseInline(tokens)}</a>`;
    },
    // A picture that is small on a phone opens alone.
    image({ href, text }) {
      const source = escapeHtml(linkOf(href));
      return `<a href="${source}"><img src="${source}" alt="${escapeHtml(text)}" loading="lazy"></a>`;
    },
    table({ header, rows }) {
      const cells = (row: readonly Tokens.TableCell[], tag: 'th' | 'td'): string =>
        row
          .map(({ align, tokens }) => {
            const style = align === null ? '' : ` class="${align}"`;
            return `<${tag}${style}>${this.parser.parseInline(tokens)}</${tag}>`;
          })
          .join('');
      const body = rows.map((row) => `<tr${rowId(row[0], taken)}>${cells(row, 'td')}</tr>`).join('\n');
      const head = header.some(({ text }) => text !== '')
        ? `<thead><tr>${cells(header, 'th')}</tr></thead>`
        : '';
      return `<div class="table" tabindex="0"><table>${head}<tbody>\n${body}\n</tbody></table></div>\n`;
    },
  };
}

function rowId(first: Tokens.TableCell | undefined, taken: Set<string>): string {
  const name = /^`([a-z0-9][a-zA-Z0-9.-]*)`$/.exec(first?.text ?? '')?.[1];
  if (name === undefined || taken.has(name)) return '';
  taken.add(name);
  return ` id="${name}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The words of HTML: without tags, white space made single. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<a class="anchor".*?<\/a>/g, '')
    .replaceAll(/<\/(p|li|td|th|tr|h\d|pre|div)>/g, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
