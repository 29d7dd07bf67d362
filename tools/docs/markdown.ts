/** A fenced block of a page. */
export interface Fence {
  /** Line of its first content line, from 1. */
  readonly line: number;
  /** The word after the fence, e.g. `json`; empty without one. */
  readonly language: string;
  readonly text: string;
}

/** A link or picture of a page. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** A span of inline code. */
export interface Span {
  readonly line: number;
  readonly text: string;
}

/** What the checks read of a Markdown page. */
export interface Page {
  /** Path from the repository's root, with `/`. */
  readonly path: string;
  readonly fences: readonly Fence[];
  readonly links: readonly Link[];
  readonly spans: readonly Span[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

/** Something on a page that is not true. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Reads a page. Fences may be indented (in lists). */
export function parsePage(path: string, text: string): Page {
  const fences: Fence[] = [];
  const prose: Span[] = [];
  let open: { fence: string; line: number; language: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(line);
    if (open !== undefined) {
      if (mark?.[1]?.startsWith(open.fence) === true && mark[2] === '') {
        fences.push({ line: open.line, language: open.language, text: open.lines.join('\n') });
        open = undefined;
      } else open.lines.push(line);
    } else if (mark === null) prose.push({ line: index + 1, text: line });
    else open = { fence: mark[1] ?? '', line: index + 2, language: mark[2] ?? '', lines: [] };
  }
  return {
    path,
    fences,
    links: prose.flatMap(linksOf),
    spans: prose.flatMap(spansOf),
    anchors: anchorsOf(prose),
  };
}

const withoutCode = (text: string): string => text.replaceAll(/`[^`]*`/g, '``');

function linksOf({ line, text }: Span): Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => ({
    line,
    target: match[1] ?? '',
  }));
}

function spansOf({ line, text }: Span): Span[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => ({ line, text: match[1] ?? '' }));
}

function anchorsOf(prose: readonly Span[]): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const { text } of prose) {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1];
    if (title === undefined) continue;
    const anchor = slug(title);
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

/** The anchor that GitHub gives a heading. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[`*]/g, '')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** A table row by row; `|` in a cell is escaped. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A fenced block. */
export const fenced = (language: string, text: string): string =>
  `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
