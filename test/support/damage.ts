import type { Random } from '../../stats/random.js';

/** What can happen to bytes at rest, by the number of the case. */
const KINDS = ['one bit', 'eight bits', 'cut short', 'one byte less', 'nothing left', 'more'] as const;

/** Damages bytes in a way that the case's number names and the random source details. Never gives the same bytes. */
export function damage(bytes: Uint8Array, at: number, random: Random): { kind: string; bytes: Uint8Array } {
  const kind = KINDS[at % KINDS.length] ?? 'one bit';
  const place = (): number => Math.floor(random.next() * bytes.length);
  switch (kind) {
    case 'one bit':
      return { kind, bytes: flip(bytes, [place()], random) };
    case 'eight bits':
      return { kind, bytes: flip(bytes, [...new Set(Array.from({ length: 8 }, place))], random) };
    case 'cut short':
      return { kind, bytes: bytes.slice(0, place()) };
    case 'one byte less':
      return { kind, bytes: bytes.slice(0, -1) };
    case 'nothing left':
      return { kind, bytes: new Uint8Array() };
    case 'more':
      return { kind, bytes: Uint8Array.of(...bytes, 0) };
  }
}

function flip(bytes: Uint8Array, places: readonly number[], random: Random): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  for (const place of places) flipped[place] = (flipped[place] ?? 0) ^ (1 << Math.floor(random.next() * 8));
  return flipped;
}
