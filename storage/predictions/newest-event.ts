import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { epoch } from '../../domain/references.js';

const rowSchema = z.object({ event_time: z.string() });

/** Newest event times of pieces, which never change once they are written; the first to come are the first to go. */
const remembered = new Map<string, number>();
const MOST_PIECES = 20_000;

/**
 * Newest event time in a piece of a log, epoch milliseconds; Infinity where a line has none that can be read, so that such a piece
 * is never left out. `name` identifies the piece's bytes.
 */
export async function newestEventIn(path: string, name: string): Promise<number> {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const newest = newestOf(await readFile(path, 'utf8'));
  remembered.set(name, newest);
  const [oldest] = remembered.keys();
  if (remembered.size > MOST_PIECES && oldest !== undefined) remembered.delete(oldest);
  return Number.isNaN(newest) ? Number.POSITIVE_INFINITY : newest;
}

function newestOf(lines: string): number {
  let newest = Number.NEGATIVE_INFINITY;
  try {
    for (const line of lines.split('\n')) {
      if (line !== '') newest = Math.max(newest, epoch(rowSchema.parse(JSON.parse(line)).event_time));
    }
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  return Number.isNaN(newest) ? Number.POSITIVE_INFINITY : newest;
}
