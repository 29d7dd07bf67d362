import type { Numbers } from '../numeric/numbers.js';

/** Consecutive rows: `start` and `end` are the first and last row number, both inclusive. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** Chunks of `size` rows in order; the last one may be shorter. */
export function chunksByCount(rows: number, size: number): Chunk[] {
  if (!(Number.isInteger(size) && size >= 1))
    throw new RangeError(`Chunk size ${size} is not a whole number of at least 1.`);
  const chunks: Chunk[] = [];
  for (let start = 0; start < rows; start += size)
    chunks.push({ start, end: Math.min(rows, start + size) - 1 });
  return chunks;
}

/**
 * Chunks of rows whose times (milliseconds, ascending) fall into one span of `milliseconds`, counted from `origin`
 * (default 0, the epoch). Spans without rows give no chunk. A time before its predecessor is a RangeError.
 */
export function chunksByTime(times: Numbers, milliseconds: number, origin = 0): Chunk[] {
  if (!(milliseconds > 0))
    throw new RangeError(`A span of ${milliseconds} ms holds no rows; give a positive one.`);
  const chunks: Chunk[] = [];
  let start = 0;
  for (let row = 0; row < times.length; row++) {
    const now = times[row] ?? 0;
    const next = times[row + 1];
    if (next !== undefined && !(next >= now))
      throw new RangeError(`Row ${row + 1} is earlier than row ${row}; sort the rows by time.`);
    if (
      next !== undefined &&
      Math.floor((next - origin) / milliseconds) === Math.floor((now - origin) / milliseconds)
    )
      continue;
    chunks.push({ start, end: row });
    start = row + 1;
  }
  return chunks;
}
