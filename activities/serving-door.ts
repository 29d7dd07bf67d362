import { z } from 'zod';
import type { Aliases } from '../domain/aliases.js';
import { PerennialError } from '../domain/errors.js';
import { servingStatusSchema, type ServingStatus } from '../domain/predictions.js';

/** What one replica answered to a pin. */
export interface PinAnswer {
  readonly url: string;
  /** The replica's clock when it obeyed; null when it could not be reached or refused. */
  readonly clock: string | null;
  readonly problem?: string;
}

/** The serving replicas, as activities see them. */
export interface ServingDoor {
  /** Status of every replica that answers and knows the model; the log of each is flushed first. */
  status(model: string): Promise<ServingStatus[]>;
  /** Pins the aliases on every replica. Never throws: a replica that is away reads the aliases when it comes back. */
  pin(aliases: Aliases): Promise<PinAnswer[]>;
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
  const call = (url: string, init: RequestInit): Promise<Response> =>
    fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
  return {
    status: async (model) => {
      const answers = await Promise.all(urls.map((url) => readStatus(call, url, model)));
      return answers.filter((answer) => answer !== undefined);
    },
    pin: (aliases) => Promise.all(urls.map((url) => pinOne(call, url, aliases))),
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
    if (!response.ok) return { url, clock: null, problem: `${response.status} ${await response.text()}` };
    return { url, clock: pinnedSchema.parse(await response.json()).clock };
  } catch (error) {
    return { url, clock: null, problem: error instanceof Error ? error.message : String(error) };
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
