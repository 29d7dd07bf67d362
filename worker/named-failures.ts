import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { PerennialError } from '../domain/errors.js';

/**
 * Turns our own errors into Temporal failures of the same type: one that may succeed later is retried, one that needs a person is
 * not. The stack stays here; people see one line.
 */
export class NamedFailures implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof PerennialError)) throw error;
      const failure = ApplicationFailure.create({
        message: error.message,
        type: error.type,
        nonRetryable: error.refusal.retryable !== true,
      });
      failure.stack = '';
      throw failure;
    }
  }
}
