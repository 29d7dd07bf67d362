import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import type { ModelInput } from '../../domain/manifest.js';
import { traceHeaders } from '../../telemetry/client-traces.js';

/** One row of raw inputs by feature name; `event_time` and `key` are optional members. */
export type InputRow = Readonly<Record<string, unknown>>;

/** Predictions for rows, in their order. */
export interface PredictionAnswer {
  readonly model: string;
  readonly version: number;
  /** `serving`: scored over HTTP and logged there. `store`: scored in this process with the stored file, not logged. */
  readonly from: 'serving' | 'store';
  readonly predictions: readonly (number | string)[];
  /** Ids under which serving logged the rows; empty when scored from the store. */
  readonly predictionIds: readonly string[];
}

/** How to reach one serving replica. */
export interface ServingDoor {
  readonly url: string;
  readonly token?: string | undefined;
  /** @default 10000 */
  readonly timeoutMs?: number | undefined;
}

const inferAnswerSchema = z.object({
  model_version: z.string(),
  outputs: z.array(z.object({ name: z.string(), data: z.array(z.union([z.number(), z.string()])) })),
});

/**
 * Scores rows over HTTP (Open Inference Protocol v2, JSON). Throws `serving-unreachable` (retryable) when nothing answers, and
 * `serving-refused` with the server's own line when it refuses. Before that, `input-type` for a text where a number belongs.
 */
export async function inferRows(
  door: ServingDoor,
  model: string,
  inputs: readonly ModelInput[],
  rows: readonly InputRow[],
): Promise<PredictionAnswer> {
  const body = await callServing(door, `/v2/models/${model}/infer`, inferBody(inputs, rows));
  const answer = inferAnswerSchema.parse(body);
  const output = (name: string) => answer.outputs.find((one) => one.name === name)?.data ?? [];
  return {
    model,
    version: Number(answer.model_version),
    from: 'serving',
    predictions: output('prediction'),
    predictionIds: output('prediction_id').map(String),
  };
}

/** The body of an infer request: one named tensor per input, plus `event_time` and `key` where every row has them. */
export function inferBody(inputs: readonly ModelInput[], rows: readonly InputRow[]): object {
  const tensors = inputs.map(({ name, type }) => ({
    name,
    shape: [rows.length, 1],
    datatype: type === 'number' ? 'FP64' : 'BYTES',
    data: rows.map((row, i) => (type === 'number' ? asNumber(row[name], name, i) : asText(row[name]))),
  }));
  const extras = ['event_time', 'key'].filter(
    (name) => !inputs.some((input) => input.name === name) && rows.every((row) => asText(row[name]) !== null),
  );
  for (const name of extras) {
    tensors.push({
      name,
      shape: [rows.length, 1],
      datatype: 'BYTES',
      data: rows.map((row) => asText(row[name])),
    });
  }
  return { inputs: tensors };
}

/** Rows with the model's inputs alone, as the scorer takes them: numbers (null where missing or not finite) and texts. Throws `input-type`. */
export function typedRows(
  inputs: readonly ModelInput[],
  rows: readonly InputRow[],
): Record<string, number | string | null>[] {
  return rows.map((row, i) =>
    Object.fromEntries(
      inputs.map(({ name, type }) => [
        name,
        type === 'number' ? asNumber(row[name], name, i) : asText(row[name]),
      ]),
    ),
  );
}

/** Calls a serving replica: GET without a body, POST with one. */
export async function callServing(door: ServingDoor, path: string, body?: object): Promise<unknown> {
  const url = new URL(path, door.url);
  const response = await request(door, url, body);
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const said = z.object({ error: z.string() }).safeParse(answer);
  const line = said.success ? said.data.error : `${response.status} ${response.statusText}`;
  throw new PerennialError({
    type: 'serving-refused',
    thing: `${url.pathname} of ${url.origin}`,
    allowed: 'a request that serving accepts',
    next: line,
  });
}

async function request(door: ServingDoor, url: URL, body: object | undefined): Promise<Response> {
  const headers = await traceHeaders();
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (door.token !== undefined) headers['authorization'] = `Bearer ${door.token}`;
  const signal = AbortSignal.timeout(door.timeoutMs ?? 10_000);
  try {
    if (body === undefined) return await fetch(url, { headers, signal });
    return await fetch(url, { method: 'POST', headers, signal, body: JSON.stringify(body) });
  } catch (error) {
    const next = 'Start it with `perennial up` or `perennial serve`, or name another with --serving.';
    const allowed = 'a serving replica that answers';
    throw new PerennialError(
      { type: 'serving-unreachable', thing: 'serving', value: url.origin, allowed, next, retryable: true },
      { cause: error },
    );
  }
}

/** A text that is no number is refused: scored as a missing value, it would look like an answer. */
/** A number as people and files write it: no hexadecimal, nothing but digits, point and exponent. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function asNumber(value: unknown, name: string, row: number): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (text === '' || text === 'NaN') return null;
  if (text !== undefined && DECIMAL.test(text) && Number.isFinite(Number(text))) return Number(text);
  throw new PerennialError({
    type: 'input-type',
    thing: `input '${name}', row ${row + 1}`,
    value,
    allowed: 'a number, or nothing where it is missing',
    next: "Write it with digits and a decimal point, e.g. 12.5; null or an empty cell is 'missing'.",
  });
}

function asText(value: unknown): string | null {
  return value === null || value === undefined || value === '' ? null : String(value);
}
