/** One stored piece of a replica's log: segments `from`..`to`, a single one when they are equal. */
export interface Piece {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

const PIECE = /^(?:(\d{8})|merged\/(\d{8})-(\d{8}))\.ndjson$/;

const pad = (n: number): string => String(n).padStart(8, '0');

/** Key of one segment below a replica's prefix (which ends in a slash). Segments count from 1 without gaps. */
export const segmentKey = (prefix: string, seq: number): string => `${prefix}${pad(seq)}.ndjson`;

/** Key of the object that holds the segments `from`..`to` one after the other. */
export const mergedKey = (prefix: string, from: number, to: number): string =>
  `${prefix}merged/${pad(from)}-${pad(to)}.ndjson`;

/** Reads a key below a replica's prefix; undefined for anything that is not a piece of its log. */
export function parsePiece(prefix: string, key: string, bytes: number): Piece | undefined {
  const match = key.startsWith(prefix) ? PIECE.exec(key.slice(prefix.length)) : null;
  if (match === null) return undefined;
  const from = Number(match[1] ?? match[2]);
  return { key, from, to: Number(match[1] ?? match[3]), bytes };
}

/** The fewest pieces that hold everything once, in order. Merged pieces are aligned, so two either nest or do not touch. */
export function cover(pieces: readonly Piece[]): Piece[] {
  const widestFirst = [...pieces].sort((a, b) => a.from - b.from || b.to - a.to);
  const chosen: Piece[] = [];
  for (const piece of widestFirst) {
    if (piece.from > (chosen.at(-1)?.to ?? 0)) chosen.push(piece);
  }
  return chosen;
}
