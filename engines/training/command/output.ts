import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/** Longest line that is told; the rest of a longer one is dropped. @format characters */
const MOST_LINE = 2000;

/** Tells each line of a stream, without its end; a last line needs none. */
export function lineReader(stream: Readable, tell: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n|\r/);
    rest = (lines.pop() ?? '').slice(0, MOST_LINE);
    for (const line of lines) if (line.trim() !== '') tell(line.slice(0, MOST_LINE));
  });
  stream.on('end', () => {
    if (rest.trim() !== '') tell(rest);
  });
}

/** Keeps the last `length` characters of a stream. */
export function textTail(stream: Readable, length: number): { text(): string } {
  const decoder = new StringDecoder('utf8');
  let kept = '';
  stream.on('data', (chunk: Buffer) => {
    kept = (kept + decoder.write(chunk)).slice(-length);
  });
  return { text: () => kept };
}
