/** Counts a label in or out; what is counted out wholly is forgotten. */
export function addTo(counts: Map<string, number>, label: string, by: number): void {
  const next = (counts.get(label) ?? 0) + by;
  if (next === 0) counts.delete(label);
  else counts.set(label, next);
}

/** The most frequent label, of equals the first in text order; null of none. */
export function mostFrequent(counts: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  for (const [label, n] of counts) {
    const most = best === null ? 0 : (counts.get(best) ?? 0);
    if (best === null || n > most || (n === most && label < best)) best = label;
  }
  return best;
}
