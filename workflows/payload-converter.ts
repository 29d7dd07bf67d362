import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/**
 * Decodes what it cannot read to `{ undecodable: reason }` instead of throwing. A signal in an encoding that nobody knows (the
 * Web UI offers `json/protobuf`) would otherwise fail the workflow task for ever, before any handler could refuse it.
 */
class ForgivingPayloadConverter implements PayloadConverter {
  private readonly inner = new DefaultPayloadConverter();

  toPayload<T>(value: T): Payload {
    return this.inner.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
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
