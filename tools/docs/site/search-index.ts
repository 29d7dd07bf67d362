import { htmlPath } from './paths.js';
import { plainText } from './render.js';
import type { PageParts } from './layout.js';

/** One place that a search can find. */
export interface Entry {
  /** Title of its page. */
  readonly page: string;
  /** Its heading; empty for the beginning of a page. */
  readonly heading: string;
  readonly address: string;
  readonly text: string;
}

const LONGEST_TEXT = 4000;

/**
 * What can be found on a page: the text under each heading, and each table row that has a name. `said` are words by which such a
 * row is found, too: those of an error's message.
 */
export function entriesOf(
  { source, title, html }: PageParts,
  said: ReadonlyMap<string, { readonly says: string }> = new Map(),
): Entry[] {
  const address = htmlPath(source);
  const sections = html.split(/(?=<h[1-6] id=")/).map((section) => {
    const [, id, heading] = /^<h[1-6] id="([^"]*)">(.*?)<\/h[1-6]>/.exec(section) ?? [];
    const text = plainText(section.replace(/^<h[1-6].*?<\/h[1-6]>/, '')).slice(0, LONGEST_TEXT);
    const anchor = id === undefined || section.startsWith('<h1') ? '' : `#${id}`;
    return { page: title, heading: plainText(heading ?? ''), address: `${address}${anchor}`, text };
  });
  const rows = [...html.matchAll(/<tr id="([^"]*)">(.*?)<\/tr>/gs)].map(([, id = '', row = '']) => ({
    page: title,
    heading: id,
    address: `${address}#${id}`,
    text: `${plainText(row)} ${said.get(id)?.says ?? ''}`.trim(),
  }));
  return [...sections.filter(({ heading, text }) => heading !== '' || text !== ''), ...rows];
}

/** The index as a script: a page opened from a disk may load scripts, and nothing else. */
export const searchScript = (entries: readonly Entry[]): string =>
  `globalThis.perennialSearch = ${JSON.stringify(entries.map((e) => [e.page, e.heading, e.address, e.text]))};\n`;
