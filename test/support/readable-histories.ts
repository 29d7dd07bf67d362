import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { readPayloads } from '../../client/sdk/read-payloads.js';

/** Everything that one run's history says, as text. */
export interface ReadableHistory {
  readonly id: string;
  /** As the server keeps it. */
  readonly stored: string;
  /** With every payload decrypted, failures included. */
  readonly decrypted: string;
}

/** The histories of every run that a task queue had, as text that can be searched. */
export async function readableHistories(client: Client, taskQueue: string): Promise<ReadableHistory[]> {
  const found: ReadableHistory[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const stored = asText(events);
    found.push({ id: workflowId, stored, decrypted: asText(await decrypt(client, events)) });
  }
  return found;
}

/** What a value says, with the bytes in it as text. */
export const asText = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member instanceof Uint8Array ? Buffer.from(member).toString('latin1') : member,
  );

async function decrypt(client: Client, value: unknown): Promise<unknown> {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (isPayload(value)) return (await readPayloads(client, [value]))[0];
  const members = Object.entries(value).map(async ([name, member]) => [name, await decrypt(client, member)]);
  return Object.fromEntries(await Promise.all(members)) as unknown;
}

const isPayload = (value: object): value is Payload => 'metadata' in value && 'data' in value;
