import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** Values of payloads that Temporal's own calls give as they are stored, decrypted as the client decrypts what it reads itself. */
export async function readPayloads(client: Client, payloads: readonly Payload[]): Promise<unknown[]> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let decoded = [...payloads];
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  return decoded.map((payload) => payloadConverter.fromPayload(payload));
}
