/** Longest text that is compared; what is longer resembles no name. */
const MAX_LENGTH = 64;

/** A name that goes on where the text ends counts as this far away: behind a slip of the finger, before a guess. */
const BEGINS = 2.5;

/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The candidate that a reader most likely meant, or undefined when none is near: at most a third of its letters differ (case,
 * hyphens and underscores aside), or one of the two begins with the other. The first one wins a tie.
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(text);
  if (wanted === '' || text.length > MAX_LENGTH) return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const begins = wanted.length >= 3 && (name.startsWith(wanted) || wanted.startsWith(name));
    const distance = Math.min(editDistance(wanted, name), begins ? BEGINS : Infinity);
    const allowed = Math.max(1, Math.floor(Math.max(name.length, wanted.length) / 3), begins ? BEGINS : 0);
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');

/** `Did you mean 'x'?`, or `otherwise` when nothing is near. */
export function didYouMean(value: unknown, candidates: readonly unknown[], otherwise: string): string {
  const names = candidates.filter((candidate) => typeof candidate === 'string');
  const near = typeof value === 'string' ? nearest(value, names) : undefined;
  return near === undefined ? otherwise : `Did you mean '${near}'?`;
}
