import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pagePaths } from '../page-paths.js';
import { buildSite } from './build.js';
import { readNavigation } from './navigation.js';
import { renderMarkdown } from './render.js';
import { entriesOf } from './search-index.js';

const root = join(import.meta.dirname, '../../..');
const same = (href: string): string => href;
let site: ReadonlyMap<string, string | Buffer>;
let pages: [path: string, html: string][];

beforeAll(() => {
  site = buildSite(root);
  pages = [...site].flatMap(([path, content]) => (path.endsWith('.html') ? [[path, String(content)]] : []));
});

const attributes = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);
const text = (path: string): string => String(site.get(path));

describe('the site', () => {
  it('has every page of the repository', () => {
    expect(pages.length).toBeGreaterThan(pagePaths(root).length);
    expect([...site.keys()]).toEqual(
      expect.arrayContaining(['index.html', 'docs/index.html', 'docs/concepts.html', 'docs/images/loop.svg']),
    );
  });

  it('links only to pages, files and anchors that are there', () => {
    const ids = new Map(pages.map(([path, html]) => [path, new Set(attributes(html, 'id'))]));
    const dead = pages.flatMap(([path, html]) =>
      [...attributes(html, 'href'), ...attributes(html, 'src')].filter((target) => {
        if (/^[a-z]+:/.test(target)) return false;
        const [file = '', anchor] = target.split('#');
        const to = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
        return !site.has(to) || (anchor !== undefined && ids.get(to)?.has(anchor) === false);
      }),
    );
    expect(dead).toEqual([]);
  });

  it('asks nothing of other servers', () => {
    const foreign = pages.flatMap(([, html]) =>
      attributes(html, 'src').filter((target) => /^([a-z]+:)?\/\//.test(target)),
    );
    expect(foreign).toEqual([]);
    expect(text('index.html')).toContain("default-src 'none'");
    for (const name of ['theme.css', 'frame.css', 'text.css', 'site.js', 'theme.js'])
      expect(text(`assets/${name}`)).not.toMatch(/https?:/);
  });

  it('lists every page of docs/ in its navigation', () => {
    const groups = readNavigation(readFileSync(join(root, 'docs/README.md'), 'utf8'));
    const listed = new Set(groups.flatMap(({ items }) => items.map(({ source }) => source)));
    const pagesOfDocs = pagePaths(root).filter(
      (path) => path.startsWith('docs/') && path !== 'docs/README.md',
    );
    expect(pagesOfDocs.filter((path) => !listed.has(path))).toEqual([]);
  });

  it('finds an error by its code and by its words', () => {
    const script = text('assets/search.js');
    expect(script).toMatch(
      /"no-worker","docs\/troubleshooting.html#no-worker","[^"]*a worker that answers within/,
    );
    expect(text('docs/troubleshooting.html')).toContain('<tr id="no-worker">');
  });
});

describe('a page', () => {
  const render = (...lines: string[]) => renderMarkdown(lines.join('\n'), same);

  it('has the anchors that GitHub gives', () => {
    const { headings } = render('# A page', '## Two `words`', '## Two words');
    expect(headings.map(({ id }) => id)).toEqual(['a-page', 'two-words', 'two-words-1']);
  });

  it('colours code when it is built', () => {
    expect(render('```json', '{"a": 1}', '```').html).toContain(
      '<span class="hljs-attr">&quot;a&quot;</span>',
    );
    expect(render('```text', '<b>', '```').html).toContain('&lt;b&gt;');
  });

  it('shows HTML as text and leaves comments out', () => {
    expect(render('<!-- a note -->', '', '<script>alert(1)</script>').html).not.toMatch(/<script|a note/);
  });

  it('is found under its headings and its named rows', () => {
    const { html, headings } = render(
      '# Page',
      'top',
      '## Part',
      'inside',
      '',
      '| a | b |',
      '| - | - |',
      '| `x-y` | z |',
    );
    const found = entriesOf({ source: 'docs/page.md', title: 'Page', html, headings });
    expect(found.map(({ heading, address }) => [heading, address])).toEqual([
      ['Page', 'docs/page.html'],
      ['Part', 'docs/page.html#part'],
      ['x-y', 'docs/page.html#x-y'],
    ]);
  });
});
