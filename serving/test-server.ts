import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { predictionRowSchema, type PredictionRow } from '../domain/predictions.js';
import { scratchFolder } from '../storage/fixtures.js';
import { createLocalStore } from '../storage/objects/local-store.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { predictionSegments } from '../storage/predictions/segments.js';
import { readConfig } from './config.js';
import type { RequestTraces } from './request-traces.js';
import { startServing, type ServingServer } from './server.js';

/** What a call was answered with. */
export interface Answered {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A real server on loopback over a real store in a scratch folder, for tests. */
export interface TestServer {
  readonly store: ObjectStore;
  readonly storeFolder: string;
  readonly spoolFolder: string;
  /** Lines that were logged so far. */
  readonly logged: string[];
  readonly url: () => string;
  /** POST with a body (JSON, or text as it is), else GET. */
  call(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** Stops and starts again on the same folders. */
  restart(env?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
  /** Stops and removes the folders. */
  remove(): Promise<void>;
}

/** Starts a server after `prepare` has filled its store. */
export async function startTestServer(
  prepare: (store: ObjectStore) => Promise<void>,
  env: Record<string, string> = {},
  traces?: RequestTraces,
): Promise<TestServer> {
  const folder = scratchFolder();
  const storeFolder = join(folder.path, 'store');
  const spoolFolder = join(folder.path, 'spool');
  const store = createLocalStore({ root: storeFolder });
  const logged: string[] = [];
  const start = (more: Record<string, string> = {}): Promise<ServingServer> => {
    const given = { PERENNIAL_REPLICA: 'r1', PERENNIAL_POLL_MS: '20', ...env, ...more };
    const config = readConfig({ PERENNIAL_STORE: storeFolder, PERENNIAL_SPOOL: spoolFolder, ...given });
    return startServing(
      config,
      pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
      traces,
    );
  };
  await prepare(store);
  let server = await start();
  return {
    store,
    storeFolder,
    spoolFolder,
    logged,
    url: () => server.url,
    call: (path, body, headers) => call(server.url + path, body, headers),
    restart: async (more) => {
      await server.close();
      server = await start(more);
    },
    stop: async () => void (await server.close()),
    remove: async () => {
      await server.close();
      folder.remove();
    },
  };
}

/** One call with a JSON answer. */
export async function call(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = body === undefined ? { headers } : post(text, headers);
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

function post(body: string, headers: Record<string, string>): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
}

/** An infer body for the test inputs, one row per temperature. */
export function inferBody(temps: readonly (number | null)[], over: Record<string, unknown> = {}): object {
  const shape = [temps.length];
  return {
    inputs: [
      { name: 'temp', shape, datatype: 'FP64', data: temps },
      { name: 'season', shape, datatype: 'BYTES', data: temps.map(() => '1') },
    ],
    ...over,
  };
}

/** The stored prediction log of the test model, in the order it was written. */
export async function storedRows(store: ObjectStore, model = 'bike-demand'): Promise<PredictionRow[]> {
  const files = await predictionSegments(store, model);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines.filter((line) => line !== '').map((line) => predictionRowSchema.parse(JSON.parse(line)));
}

/** Values of one output of an infer answer. */
export function outputOf(answered: Answered, name: string): readonly unknown[] {
  const outputs = (answered.body['outputs'] ?? []) as readonly { name: string; data: readonly unknown[] }[];
  return outputs.find((output) => output.name === name)?.data ?? [];
}

/** Waits until a condition holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
