import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { PerennialError } from '../domain/errors.js';

/**
 * Turns our own errors into Temporal failures of the same type: one that may succeed later is retried, one that needs a person is
 * not. A full disk needs a person: it becomes `disk-full`. The stack stays here; people see one line.
 */
export class NamedFailures implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      const named = isDiskFull(error) ? diskFull(error) : error;
      if (!(named instanceof PerennialError)) throw named;
      const failure = ApplicationFailure.create({
        message: named.message,
        type: named.type,
        nonRetryable: named.refusal.retryable !== true,
      });
      failure.stack = '';
      throw failure;
    }
  }
}

/** A file of this worker's own could not be written; a store in a folder reports the same as `store-unavailable`. */
const isDiskFull = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

function diskFull(cause: NodeJS.ErrnoException): PerennialError {
  return new PerennialError(
    {
      type: 'disk-full',
      thing: `disk of ${cause.path ?? 'PERENNIAL_STATE'}`,
      value: 'no space left',
      allowed: 'room for staged files and snapshots',
      next: 'Free space there, or move PERENNIAL_STATE to a larger disk.',
    },
    { cause },
  );
}
