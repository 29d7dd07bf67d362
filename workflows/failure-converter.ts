import {
  ApplicationFailure,
  DefaultFailureConverter,
  type FailureConverter,
  type PayloadConverter,
  type SerializationContext,
} from '@temporalio/common';

type ProtoFailure = ReturnType<FailureConverter['errorToFailure']>;

/**
 * Puts messages and stack traces of failures into a payload, which the codec then encrypts. A refusal stays readable: it is the answer
 * to whoever sent an update, and the Web UI's dialog shows it as it comes. What a workflow itself throws is a refusal; what failed in an
 * activity, and what broke, is none.
 */
class RefusalsStayReadable extends DefaultFailureConverter {
  override errorToFailure(
    error: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    const own = context?.type === 'workflow' && error instanceof ApplicationFailure;
    return own && error.failure === undefined
      ? this.errorToFailureInner(error, payloadConverter, context)
      : super.errorToFailure(error, payloadConverter, context);
  }
}

/** Used by workers that have payload keys; found by this name through `dataConverter.failureConverterPath`. */
export const failureConverter: FailureConverter = new RefusalsStayReadable({ encodeCommonAttributes: true });
