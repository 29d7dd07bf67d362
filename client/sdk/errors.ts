import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { PerennialError } from '../../domain/errors.js';

/** gRPC status codes that are told apart (https://grpc.io/docs/guides/status-codes/). */
const GRPC = { DEADLINE_EXCEEDED: 4, FAILED_PRECONDITION: 9, UNAVAILABLE: 14, CANCELLED: 1 } as const;

/** A request that the other side understood and refused: its message is the one line that the validator or handler gave. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Stable name of the refusal, e.g. `not-waiting`. */
  readonly type: string;

  constructor(type: string, line: string, options?: ErrorOptions) {
    super(line, options);
    this.type = type;
  }
}

/** The error for a model that has no lifecycle workflow: it was never applied, or the store knows it and this Temporal does not. */
export function unknownModel(model: string, known: readonly string[]): PerennialError {
  if (known.includes(model)) return notRunning(model);
  const allowed =
    known.length === 0 ? 'a model that was applied (there is none yet)' : `one of ${known.join(', ')}`;
  const next = 'Create it with `perennial apply <spec>`.';
  return new PerennialError({ type: 'unknown-model', thing: 'model', value: model, allowed, next });
}

const notRunning = (model: string): PerennialError =>
  new PerennialError({
    type: 'model-not-running',
    thing: `workflow model/${model}`,
    value: 'not running here',
    allowed: 'the Temporal server and namespace in which it runs, as the store has this model',
    next: 'Name that server, or start the model again with `perennial apply <spec>`: it goes on from the store.',
  });

function noServer(address: string, cause: unknown): PerennialError {
  return new PerennialError(
    {
      type: 'temporal-unreachable',
      thing: 'Temporal server',
      value: address,
      allowed: 'a server that answers at this address',
      next: 'Start one with `perennial up`, or set TEMPORAL_ADDRESS.',
      retryable: true,
    },
    { cause },
  );
}

/** The error for a request that no worker accepted in time. */
export function noWorker(taskQueue: string, withinMs: number, cause?: unknown): PerennialError {
  return new PerennialError(
    {
      type: 'no-worker',
      thing: 'task queue',
      value: taskQueue,
      allowed: `a worker that answers within ${withinMs / 1000} s`,
      next: 'Start one with `perennial up` or `perennial worker`; its log says why it does not answer.',
      retryable: true,
    },
    { cause },
  );
}

/** The error for a decision when nobody is asked. */
export function nothingWaiting(model: string, found: string): PerennialError {
  return new PerennialError({
    type: 'nothing-waiting',
    thing: `decision on '${model}'`,
    allowed: `a candidate that waits for a person (${found})`,
    next: 'See `perennial status` for what waits for whom.',
  });
}

/** The error for a workflow that does not exist, as a function to call when that is known. */
export const unknownRun = (workflowId: string) => (): PerennialError =>
  new PerennialError({
    type: 'unknown-run',
    thing: 'workflow',
    value: workflowId,
    allowed: 'a workflow that was started and is still within retention',
    next: 'See `perennial ledger` for the runs of a model.',
  });

/** What a failed call to Temporal was about; used to say what to do next. */
export interface CallContext {
  readonly address: string;
  readonly taskQueue: string;
  readonly withinMs: number;
  /** Builds the error for a workflow id that does not exist. */
  readonly notFound: () => Error | Promise<Error>;
}

/** Turns what `@temporalio/client` throws into an error that a person can act on; anything unknown is given back as it is. */
export async function explain(error: unknown, context: CallContext): Promise<unknown> {
  if (error instanceof WorkflowUpdateFailedError) return refusal(error);
  if (error instanceof WorkflowNotFoundError) return context.notFound();
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return noWorker(context.taskQueue, context.withinMs, error);
  }
  const code = grpcCode(error);
  if (code === GRPC.UNAVAILABLE) return noServer(context.address, error);
  if (code === GRPC.DEADLINE_EXCEEDED || code === GRPC.CANCELLED || code === GRPC.FAILED_PRECONDITION) {
    return noWorker(context.taskQueue, context.withinMs, error);
  }
  return error;
}

/** The error for a workflow that ended badly: what it said, on one line. */
export function explainResult(workflowId: string, error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined;
  const said = cause?.message ?? error.cause?.message ?? error.message;
  return new RefusedError(cause?.type ?? 'workflow-failed', `${workflowId} ended without a result: ${said}`, {
    cause: error,
  });
}

function refusal(error: WorkflowUpdateFailedError): RefusedError {
  const cause = error.cause;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'refused') : 'refused';
  return new RefusedError(type, cause?.message ?? error.message, { cause: error });
}

function grpcCode(error: unknown): number | undefined {
  const inner = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(inner) ? inner.code : undefined;
}
