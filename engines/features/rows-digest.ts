import { createHash, type Hash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import { numbersAt, readColumns } from './columns.js';
import { identifier, type Duck } from './duck.js';

/** A column to be digested: its name, and its SQL when it holds numbers (DOUBLE without NULL); text is read by name. */
export interface DigestColumn {
  readonly name: string;
  readonly number: string | undefined;
}

/**
 * SHA-256 of a table's logical rows in their order, independent of file format, chunking and threads: each column is digested on
 * its own (numbers as little-endian IEEE 754 doubles with one NaN for missing; text as length in UTF-8 bytes, colon, text, and a
 * hyphen for null), then the canonical JSON of names, types and column digests. Any change of a value, of the order of rows or of
 * columns changes it.
 */
export async function rowsDigest(
  duck: Duck,
  {
    table,
    columns,
    rows,
  }: { readonly table: string; readonly columns: readonly DigestColumn[]; readonly rows: number },
): Promise<string> {
  const parts: { name: string; type: 'number' | 'text'; sha256: string }[] = [];
  for (const { name, number } of columns) {
    const hash = createHash('sha256');
    if (number === undefined) await digestText(hash, duck, { table, name });
    else {
      const sql = `SELECT ${number} FROM ${table}`;
      digestNumbers(hash, numbersAt((await readColumns(duck, { sql, kinds: ['number'], rows })).columns, 0));
    }
    parts.push({ name, type: number === undefined ? 'text' : 'number', sha256: hash.digest('hex') });
  }
  return createHash('sha256')
    .update(canonicalJson({ format: 'perennial-rows/1', rows, columns: parts }))
    .digest('hex');
}

const NUMBERS_AT_ONCE = 8192;
const TEXTS_AT_ONCE = 16_384;

function digestNumbers(hash: Hash, values: Float64Array): void {
  const bytes = Buffer.alloc(NUMBERS_AT_ONCE * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let from = 0; from < values.length; from += NUMBERS_AT_ONCE) {
    const to = Math.min(from + NUMBERS_AT_ONCE, values.length);
    for (let row = from; row < to; row++) {
      const value = values[row] ?? Number.NaN;
      view.setFloat64((row - from) * 8, value === value ? value : Number.NaN, true);
    }
    hash.update(bytes.subarray(0, (to - from) * 8));
  }
}

/** The database strings the values together, because handing over millions of small texts one by one takes far longer. */
async function digestText(
  hash: Hash,
  duck: Duck,
  { table, name }: { table: string; name: string },
): Promise<void> {
  const column = identifier(name);
  const blocks = await duck.rows(
    `SELECT string_agg(coalesce(strlen(${column}) || ':' || ${column}, '-'), '' ORDER BY rowid) AS text
     FROM ${table} GROUP BY rowid // ${TEXTS_AT_ONCE} ORDER BY rowid // ${TEXTS_AT_ONCE}`,
  );
  for (const { text } of blocks) hash.update(String(text), 'utf8');
}
