import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import type { InputRow } from '../sdk/infer.js';

const rowsSchema = z.array(z.record(z.string(), z.unknown())).min(1);

/**
 * Reads rows to score: CSV with a header line (quotes as in RFC 4180), a JSON array of objects, or JSON lines, by the file's
 * extension. Throws `rows-unreadable` when the file is missing, empty, or not what its extension says.
 */
export function readRowsFile(file: string): InputRow[] {
  const text = readText(file);
  const extension = extname(file).toLowerCase();
  const read = READERS[extension];
  if (read === undefined) throw unreadable(file, `a file that ends in ${Object.keys(READERS).join(', ')}`);
  let rows: unknown;
  try {
    rows = read(text);
  } catch (error) {
    throw unreadable(
      file,
      `valid ${extension.slice(1)} (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  const parsed = rowsSchema.safeParse(rows);
  if (!parsed.success) throw unreadable(file, 'at least one row, each an object with named inputs');
  return parsed.data;
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  '.csv': parseCsv,
  '.json': (text) => JSON.parse(text) as unknown,
  '.ndjson': parseLines,
  '.jsonl': parseLines,
};

function parseLines(text: string): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** CSV with a header line: one object of texts per record. */
export function parseCsv(text: string): Record<string, string>[] {
  const [header = [], ...records] = csvRecords(text);
  return records.map((fields, i) => {
    if (fields.length !== header.length) {
      throw new RangeError(`record ${i + 2} has ${fields.length} fields, the header has ${header.length}`);
    }
    return Object.fromEntries(header.map((name, j) => [name, fields[j] ?? '']));
  });
}

function csvRecords(content: string): string[][] {
  const text = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  const records: string[][] = [];
  let fields: string[] = [];
  // One match per field: quoted (with doubled quotes inside) or plain, and the separator after it.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (match === null) throw new RangeError(`unexpected quote at character ${at + 1}`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    records.push(fields);
    fields = [];
  }
  return records;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(
      file,
      `a file that can be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function unreadable(file: string, allowed: string): PerennialError {
  const next = 'Give a CSV, JSON or JSON lines file with one column per input.';
  return new PerennialError({ type: 'rows-unreadable', thing: 'input file', value: file, allowed, next });
}
