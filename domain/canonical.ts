/**
 * Canonical JSON: keys sorted, no spaces, numbers as JavaScript prints them. Equal values have equal text, so its digest names
 * the value. Refuses what JSON cannot hold (NaN, Infinity, undefined members are dropped as JSON does).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`number is ${value}; expected a finite number in canonical JSON`);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
