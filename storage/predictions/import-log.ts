import { createReadStream } from 'node:fs';
import type { ObjectStore } from '../objects/object-store.js';
import { segmentKey } from './segment-keys.js';

/** Segments of an imported log are about as large. @format bytes */
const SEGMENT_BYTES = 4 * 1024 * 1024;
const LINE_END = 0x0a;

/**
 * Stores a file of JSON lines as the whole log below `prefix` (which ends in a slash). Each segment is created once and its bytes follow
 * from the file alone: running it again, also after a kill half-way, completes it.
 */
export async function importLogFile(store: ObjectStore, prefix: string, file: string): Promise<void> {
  let kept: Buffer[] = [];
  let bytes = 0;
  let seq = 0;
  const write = async (whole: Buffer): Promise<void> => {
    seq += 1;
    await store.put(segmentKey(prefix, seq), whole, { ifNoneMatch: '*' });
  };
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const chunk = piece as Buffer;
    kept.push(chunk);
    bytes += chunk.length;
    if (bytes < SEGMENT_BYTES) continue;
    const all = Buffer.concat(kept);
    const end = all.lastIndexOf(LINE_END) + 1;
    if (end > 0) await write(all.subarray(0, end));
    kept = [all.subarray(end)];
    bytes = all.length - end;
  }
  const rest = Buffer.concat(kept);
  if (rest.length > 0) await write(rest);
}
