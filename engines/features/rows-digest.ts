import { createHash, type Hash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.js';
import type { Column } from './columns.js';

/** A named column to be digested. */
export interface DigestColumn {
  readonly name: string;
  readonly values: Column;
}

/**
 * SHA-256 of logical rows in order, independent of file format, chunking and threads: each column is digested on its own
 * (numbers as little-endian IEEE 754 doubles with one NaN for missing, text as UTF-8 with its length before it and -1 for null),
 * then the canonical JSON of names, types and column digests. Any change of a value, of the order of rows or of columns changes it.
 */
export function rowsDigest(columns: readonly DigestColumn[], rows: number): string {
  const parts = columns.map(({ name, values }) => ({
    name,
    type: values instanceof Float64Array ? 'number' : 'text',
    sha256: (values instanceof Float64Array ? digestNumbers(values) : digestText(values)).digest('hex'),
  }));
  return createHash('sha256')
    .update(canonicalJson({ format: 'perennial-rows/1', rows, columns: parts }))
    .digest('hex');
}

const NUMBERS_AT_ONCE = 8192;

function digestNumbers(values: Float64Array): Hash {
  const hash = createHash('sha256');
  const bytes = Buffer.alloc(NUMBERS_AT_ONCE * 8);
  for (let from = 0; from < values.length; from += NUMBERS_AT_ONCE) {
    const to = Math.min(from + NUMBERS_AT_ONCE, values.length);
    for (let row = from; row < to; row++) {
      const value = values[row] ?? Number.NaN;
      bytes.writeDoubleLE(Number.isNaN(value) ? Number.NaN : value, (row - from) * 8);
    }
    hash.update(bytes.subarray(0, (to - from) * 8));
  }
  return hash;
}

function digestText(values: readonly (string | null)[]): Hash {
  const hash = createHash('sha256');
  const length = Buffer.alloc(4);
  for (const value of values) {
    length.writeInt32LE(value === null ? -1 : Buffer.byteLength(value));
    hash.update(length);
    if (value !== null) hash.update(value, 'utf8');
  }
  return hash;
}
