import { showValue } from '../../domain/errors.js';
import { badRequest } from './refuse.js';

/** Datatypes of the protocol that a request may use. */
export const DATATYPES = ['FP64', 'FP32', 'INT64', 'INT32', 'BOOL', 'BYTES'] as const;
/** A datatype of the protocol. */
export type Datatype = (typeof DATATYPES)[number];

/** A named column of a request, its shape checked; values are checked by whoever reads them. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly data: readonly unknown[];
}

/** Most rows of one request. */
const MAX_ROWS = 10_000;

/** Reads one member of `inputs`. Throws `bad-request` unless its shape is [N] or [N, 1] and its data has N values. */
export function readTensor(value: unknown, index: number): Tensor {
  if (!isRecord(value))
    throw badRequest(`inputs[${index}]`, value, 'an object with name, shape, datatype and data');
  const { name, shape, datatype, data } = value;
  if (typeof name !== 'string' || name === '')
    throw badRequest(`inputs[${index}].name`, name, 'the name of an input');
  const what = `input ${showValue(name)}`;
  if (!isDatatype(datatype)) throw badRequest(`${what}: datatype`, datatype, DATATYPES.join(', '));
  if (!Array.isArray(data)) throw badRequest(`${what}: data`, data, 'an array with one value per row');
  const rows = rowsOf(shape, what);
  const values: readonly unknown[] = data.some(Array.isArray) ? flatten(data, what) : data;
  if (values.length !== rows)
    throw badRequest(`${what}: number of values in data`, values.length, `${rows}, as its shape says`);
  return { name, datatype, data: values };
}

/** Whether a JSON value is an object (no array, not null). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDatatype(value: unknown): value is Datatype {
  return DATATYPES.some((datatype) => datatype === value);
}

function rowsOf(shape: unknown, what: string): number {
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  const [rows, width] = sizes;
  const fits = sizes.length === 1 || (sizes.length === 2 && width === 1);
  if (!fits || typeof rows !== 'number' || !Number.isInteger(rows) || rows < 1)
    throw badRequest(`${what}: shape`, shape, '[N] or [N, 1] with N of at least 1');
  if (rows > MAX_ROWS)
    throw badRequest(`${what}: rows`, rows, `at most ${MAX_ROWS}`, 'Send several requests.');
  return rows;
}

/** The protocol lets a [N, 1] tensor be written as [[a], [b], …]. */
function flatten(data: readonly unknown[], what: string): unknown[] {
  return data.map((row: unknown, i) => {
    if (!Array.isArray(row) || row.length !== 1)
      throw badRequest(`${what}: data[${i}]`, row, 'a value, or an array of one value in every row');
    return row[0] as unknown;
  });
}
