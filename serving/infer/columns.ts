import { showValue } from '../../domain/errors.js';
import { instant, instantSchema, type Instant } from '../../domain/references.js';
import type { InputContract } from './contract.js';
import { badRequest } from './refuse.js';
import type { Datatype, Tensor } from './tensor.js';

const NUMERIC: readonly Datatype[] = ['FP64', 'FP32', 'INT64', 'INT32', 'BOOL'];
const CATEGORICAL: readonly Datatype[] = ['BYTES', 'INT64', 'INT32', 'BOOL'];
const LONGEST_TEXT = 1024;

/** Writes a numeric column into `into` from `offset` on; missing (null) becomes NaN. Throws `bad-request` naming the row. */
export function readNumbers(tensor: Tensor, input: InputContract, into: Float64Array, offset: number): void {
  needDatatype(tensor, NUMERIC);
  for (let row = 0; row < tensor.data.length; row++) {
    const value = tensor.data[row];
    if (typeof value === 'number' && fits(tensor.datatype, value)) into[offset + row] = value;
    else if (typeof value === 'boolean' && tensor.datatype === 'BOOL') into[offset + row] = Number(value);
    else if (value === null && input.nullable) into[offset + row] = NaN;
    else throw badValue(tensor, row, input.nullable);
  }
}

/** A category column as texts: whole numbers and booleans as JSON writes them; missing stays null. */
export function readCategories(tensor: Tensor, input: InputContract): (string | null)[] {
  needDatatype(tensor, CATEGORICAL);
  return tensor.data.map((value, row) => {
    if (value === null && input.nullable) return null;
    const text = categoryText(tensor.datatype, value);
    if (text === undefined) throw badValue(tensor, row, input.nullable);
    return text;
  });
}

/** Row keys: non-empty texts. */
export function readKeys(tensor: Tensor): string[] {
  needDatatype(tensor, ['BYTES']);
  return tensor.data.map((value, row) => {
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT)
      throw badRequest(`key, row ${row}`, value, `a text of 1 to ${LONGEST_TEXT} characters`);
    return value;
  });
}

/** Event times in their stored form. */
export function readEventTimes(tensor: Tensor): Instant[] {
  needDatatype(tensor, ['BYTES']);
  return tensor.data.map((value, row) => readInstant(value, `event_time, row ${row}`));
}

/** An instant of a request in its stored form. Throws `bad-request`. */
export function readInstant(value: unknown, thing: string): Instant {
  const parsed = instantSchema.safeParse(value);
  if (!parsed.success) throw badRequest(thing, value, "an ISO 8601 instant such as '2011-04-01T00:00:00Z'");
  return instant(parsed.data);
}

function fits(datatype: Datatype, value: number): boolean {
  switch (datatype) {
    case 'FP64':
      return Number.isFinite(value);
    case 'FP32':
      return Number.isFinite(Math.fround(value));
    case 'INT64':
      return Number.isSafeInteger(value);
    case 'INT32':
      return Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31;
    default:
      return false;
  }
}

function categoryText(datatype: Datatype, value: unknown): string | undefined {
  if (datatype === 'BYTES')
    return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : undefined;
  if (datatype === 'BOOL') return typeof value === 'boolean' ? String(value) : undefined;
  return typeof value === 'number' && fits(datatype, value) ? String(value) : undefined;
}

function needDatatype(tensor: Tensor, allowed: readonly Datatype[]): void {
  if (allowed.includes(tensor.datatype)) return;
  throw badRequest(`input ${showValue(tensor.name)}: datatype`, tensor.datatype, allowed.join(', '));
}

const SAYS: Readonly<Record<Datatype, string>> = {
  FP64: 'a finite number',
  FP32: 'a finite number that 32 bits can hold',
  INT64: 'a whole number of at most 2^53',
  INT32: 'a whole number of 32 bits',
  BOOL: 'true or false',
  BYTES: `a text of at most ${LONGEST_TEXT} characters`,
};

function badValue(tensor: Tensor, row: number, nullable: boolean): Error {
  const missing = nullable ? ', or null where it is missing' : ' (the spec allows no missing values here)';
  return badRequest(
    `input ${showValue(tensor.name)}, row ${row}`,
    tensor.data[row],
    SAYS[tensor.datatype] + missing,
  );
}
