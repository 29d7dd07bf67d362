import { DefaultFailureConverter, type FailureConverter } from '@temporalio/common';

/**
 * Puts messages and stack traces of failures into a payload, which the codec then encrypts. Used by workers that have payload keys;
 * found by this name through `dataConverter.failureConverterPath`. Every reader understands both forms.
 */
export const failureConverter: FailureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: true,
});
