import type { Payload } from '@temporalio/common';
import { z } from 'zod';

/** A payload in JSON, as protobuf writes it: bytes are base64. */
const payloadSchema = z.object({
  metadata: z.record(z.string(), z.base64()).default({}),
  data: z.base64().default(''),
});
type PayloadJson = z.infer<typeof payloadSchema>;

/** Body of `/encode` and `/decode`. The CLI leaves `payloads` out when there are none. */
export const requestSchema = z.object({ payloads: z.array(payloadSchema).default([]) });

/** A payload of a request. */
export function fromJson({ metadata, data }: PayloadJson): Payload {
  const bytes = Object.entries(metadata).map(([name, text]): [string, Uint8Array] => [
    name,
    Buffer.from(text, 'base64'),
  ]);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data, 'base64') };
}

/** A payload of an answer. */
export function toJson({ metadata, data }: Payload): PayloadJson {
  const texts = Object.entries(metadata ?? {}).map(([name, bytes]): [string, string] => [
    name,
    base64(bytes),
  ]);
  return { metadata: Object.fromEntries(texts), data: base64(data) };
}

const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');
