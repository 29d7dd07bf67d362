import { showValue } from '../../domain/errors.js';
import type { Instant } from '../../domain/references.js';
import type { Rows } from '../scoring/protocol.js';
import { readCategories, readEventTimes, readKeys, readNumbers } from './columns.js';
import type { RequestContract } from './contract.js';
import { badRequest } from './refuse.js';
import { isRecord, readTensor, type Tensor } from './tensor.js';

/** A request whose every value was checked. */
export interface InferRequest {
  /** The client's own id, echoed. */
  readonly id: string | undefined;
  readonly rows: Rows;
  /** One per row; undefined when the request carries none. */
  readonly keys: readonly string[] | undefined;
  /** One per row, stored form; undefined when the request carries none. */
  readonly eventTimes: readonly Instant[] | undefined;
}

const EVENT_TIME = 'event_time';
const KEY = 'key';

/**
 * Reads the body of an infer request (Open Inference Protocol v2, JSON). Throws `bad-request` with the first thing that is
 * wrong: every input of the model exactly once, nothing unknown, all of the same number of rows.
 */
export function readInferRequest(body: unknown, contract: RequestContract): InferRequest {
  if (!isRecord(body)) throw badRequest('body', body, "a JSON object with 'inputs'");
  const { id, inputs } = body;
  if (id !== undefined && (typeof id !== 'string' || id.length > 1024))
    throw badRequest('id', id, 'a text of at most 1024 characters');
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw badRequest('inputs', inputs, `an array with ${namesOf(contract)}`);
  const tensors = readTensors(inputs, contract);
  const count = equalRows(tensors);
  const own = (name: string): Tensor | undefined =>
    contract.byName.has(name) ? undefined : tensors.get(name);
  const keys = own(KEY);
  const eventTimes = own(EVENT_TIME);
  return {
    id,
    rows: readRows(tensors, contract, count),
    keys: keys === undefined ? undefined : readKeys(keys),
    eventTimes: eventTimes === undefined ? undefined : readEventTimes(eventTimes),
  };
}

function readTensors(inputs: readonly unknown[], contract: RequestContract): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (let i = 0; i < inputs.length; i++) {
    const tensor = readTensor(inputs[i], i);
    const known = contract.byName.has(tensor.name) || tensor.name === KEY || tensor.name === EVENT_TIME;
    if (!known) throw badRequest(`inputs[${i}].name`, tensor.name, namesOf(contract));
    if (tensors.has(tensor.name)) throw badRequest(`inputs[${i}].name`, tensor.name, 'each input once');
    tensors.set(tensor.name, tensor);
  }
  return tensors;
}

function equalRows(tensors: ReadonlyMap<string, Tensor>): number {
  let first: Tensor | undefined;
  for (const tensor of tensors.values()) {
    first ??= tensor;
    if (tensor.data.length !== first.data.length) {
      const allowed = `${first.data.length}, as input ${showValue(first.name)}`;
      throw badRequest(`input ${showValue(tensor.name)}: rows`, tensor.data.length, allowed);
    }
  }
  return first?.data.length ?? 0;
}

function readRows(tensors: ReadonlyMap<string, Tensor>, contract: RequestContract, count: number): Rows {
  const width = contract.inputs.filter(({ type }) => type === 'number').length;
  const numbers = new Float64Array(width * count);
  const categories: (string | null)[][] = [];
  let column = 0;
  for (const input of contract.inputs) {
    const tensor = tensors.get(input.name);
    if (tensor === undefined) throw badRequest(`input ${showValue(input.name)}`, 'absent', namesOf(contract));
    if (input.type === 'number') readNumbers(tensor, input, numbers, column++ * count);
    else categories.push(readCategories(tensor, input));
  }
  return { count, numbers, categories };
}

function namesOf({ inputs }: RequestContract): string {
  return `the inputs ${inputs.map(({ name }) => name).join(', ')}, and optionally ${EVENT_TIME} and ${KEY}`;
}
