import { z } from 'zod';
import type { Aliases } from '../domain/aliases.js';
import { PerennialError } from '../domain/errors.js';
import { servingStatusSchema, type ServingStatus } from '../domain/predictions.js';
import type { VersionRef } from '../domain/references.js';
import { obeyedChampionsSchema, REFUSAL_HEADER } from '../domain/serving-refusals.js';
import { traceHeaders } from '../telemetry/client-traces.js';

/** What one replica answered to a pin. */
export interface PinAnswer {
  readonly url: string;
  /** The replica's clock when it obeyed; null when it could not be reached or refused. */
  readonly clock: string | null;
  readonly problem?: string;
  /** Type of the replica's refusal; absent when it obeyed or could not be reached. */
  readonly refusal?: string;
}

/** The serving replicas, as activities see them. */
export interface ServingDoor {
  /** Status of every replica that answers and knows the model; the log of each is flushed first. */
  status(model: string): Promise<ServingStatus[]>;
  /** Pins the aliases on every replica. Never throws: a replica that is away reads the aliases when it comes back. */
  pin(aliases: Aliases): Promise<PinAnswer[]>;
  /** Champions that each replica obeyed and that were not rolled back, newest first. Never throws: one that is away is left out. */
  champions(model: string): Promise<VersionRef[][]>;
}

/** How to reach the replicas. */
export interface ServingDoorOptions {
  readonly urls: readonly string[];
  /** Bearer token; needed when the replicas ask for one. Never logged. */
  readonly token?: string | undefined;
  /** @format milliseconds @default 10000 */
  readonly timeoutMs?: number;
}

const pinnedSchema = z.object({ generation: z.number(), clock: z.string() });

/** Serving replicas behind HTTP. */
export function createServingDoor({ urls, token, timeoutMs = 10_000 }: ServingDoorOptions): ServingDoor {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const call = async (url: string, init: RequestInit): Promise<Response> => {
    const traced = { ...headers, ...(await traceHeaders()) };
    return fetch(url, { ...init, headers: traced, signal: AbortSignal.timeout(timeoutMs) });
  };
  return {
    status: async (model) => {
      const answers = await Promise.all(urls.map((url) => readStatus(call, url, model)));
      return answers.filter((answer) => answer !== undefined);
    },
    pin: (aliases) => Promise.all(urls.map((url) => pinOne(call, url, aliases))),
    champions: async (model) => {
      const answers = await Promise.all(urls.map((url) => readChampions(call, url, model)));
      return answers.filter((answer) => answer !== undefined);
    },
  };
}

type Call = (url: string, init: RequestInit) => Promise<Response>;

async function readStatus(call: Call, url: string, model: string): Promise<ServingStatus | undefined> {
  let response: Response;
  try {
    response = await call(`${url}/v2/models/${model}/status`, { method: 'GET' });
  } catch {
    // Not live: the watermark is the least over the replicas that are.
    return undefined;
  }
  if (response.status === 404) return undefined;
  if (!response.ok) throw unusable(url, `${response.status} ${await response.text()}`);
  return servingStatusSchema.parse(await response.json());
}

async function pinOne(call: Call, url: string, aliases: Aliases): Promise<PinAnswer> {
  try {
    const response = await call(`${url}/v2/models/${aliases.model}/pin`, {
      method: 'POST',
      body: JSON.stringify(aliases),
    });
    if (!response.ok) return { url, clock: null, ...(await refusalOf(response)) };
    return { url, clock: pinnedSchema.parse(await response.json()).clock };
  } catch (error) {
    return { url, clock: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

const errorSchema = z.object({ error: z.string() });

async function refusalOf(response: Response): Promise<Pick<PinAnswer, 'problem' | 'refusal'>> {
  const text = await response.text();
  const type = response.headers.get(REFUSAL_HEADER);
  if (type === null) return { problem: `${response.status} ${text}` };
  return { refusal: type, problem: errorSchema.parse(JSON.parse(text)).error };
}

async function readChampions(call: Call, url: string, model: string): Promise<VersionRef[] | undefined> {
  try {
    const response = await call(`${url}/v2/models/${model}/champions`, { method: 'GET' });
    return response.ok ? obeyedChampionsSchema.parse(await response.json()).champions : undefined;
  } catch {
    return undefined;
  }
}

function unusable(url: string, answer: string): PerennialError {
  return new PerennialError({
    type: 'serving-unusable',
    thing: `serving replica ${url}`,
    value: answer,
    allowed: 'a status of the model',
    next: 'Check the token (PERENNIAL_SERVING_TOKEN) and that the address is a Perennial serving process.',
    retryable: true,
  });
}
