import { posix } from 'node:path';

/** A page in the navigation. */
export interface NavItem {
  readonly title: string;
  /** Path of its source from the repository's root. */
  readonly source: string;
}

/** A group of the navigation: what a reader wants to do. */
export interface NavGroup {
  readonly title: string;
  readonly items: readonly NavItem[];
}

/** The navigation is what `docs/README.md` lists: a heading of the second level opens a group, the first link of each list item is in it. */
export function readNavigation(index: string, path = 'docs/README.md'): NavGroup[] {
  const groups: { title: string; items: NavItem[] }[] = [];
  for (const line of index.split('\n')) {
    const title = /^## (.+)$/.exec(line)?.[1];
    if (title !== undefined) groups.push({ title, items: [] });
    const [, text, target] = /^- \[([^\]]+)\]\(([^)#]+\.md)[^)]*\)/.exec(line) ?? [];
    if (text === undefined || target === undefined) continue;
    const source = posix.normalize(posix.join(posix.dirname(path), target));
    groups.at(-1)?.items.push({ title: text.replaceAll('`', ''), source });
  }
  return groups.filter(({ items }) => items.length > 0);
}

/** The pages of the navigation in reading order, each once. */
export function readingOrder(groups: readonly NavGroup[]): NavItem[] {
  const seen = new Set<string>();
  return groups
    .flatMap(({ items }) => items)
    .filter(({ source }) => !seen.has(source) && seen.add(source) !== undefined);
}
