import { createRequire } from 'node:module';

/** What is used of highlight.js. Its own types would bring the browser's globals into every file of the project. */
interface Highlighter {
  getLanguage(name: string): object | undefined;
  highlight(text: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
}

const hljs: Highlighter = createRequire(import.meta.url)('highlight.js/lib/common');

/** What our pages and files call languages that highlight.js calls otherwise. */
const ALIASES: Readonly<Record<string, string>> = { console: 'shell', mjs: 'typescript', text: 'plaintext' };

/** Code as HTML with classes for colours; a language that is not known is left plain. */
export function highlighted(text: string, language: string): string {
  const known = ALIASES[language] ?? language;
  return hljs.getLanguage(known) === undefined
    ? escapeHtml(text)
    : hljs.highlight(text, { language: known, ignoreIllegals: true }).value;
}

/** Text for use in HTML, also within double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
