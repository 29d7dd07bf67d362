import { decode } from '@temporalio/common/lib/encoding.js';
import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { UNDECRYPTABLE } from '../domain/encrypted-payload.js';

/**
 * Decodes what it cannot read to `{ undecodable: reason }` instead of throwing. A signal in an encoding that nobody knows (the
 * Web UI offers `json/protobuf`) would otherwise fail the workflow task for ever, before any handler could refuse it.
 *
 * What is encrypted under a key that this worker lacks is another matter: a worker that has it reads more, so nothing may be decided
 * without it. It throws: an update is then refused with the reason and leaves no trace; everything else fails its task, which is tried
 * again until a worker has the key.
 */
class ForgivingPayloadConverter implements PayloadConverter {
  private readonly inner = new DefaultPayloadConverter();

  toPayload<T>(value: T): Payload {
    return this.inner.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    const undecryptable = payload.metadata?.[UNDECRYPTABLE];
    if (undecryptable) throw new Error(decode(undecryptable));
    try {
      return this.inner.fromPayload<T>(payload);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // The caller asked for T and every handler parses what it gets: an undecodable value fails there, with this reason.
      return { undecodable: reason } as T;
    }
  }
}

/** Found by this name through `dataConverter.payloadConverterPath`. */
export const payloadConverter: PayloadConverter = new ForgivingPayloadConverter();
