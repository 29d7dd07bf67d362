import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { noCandidateSchema, type NoCandidate } from '../../domain/reports.js';

/** Ends a retrain without a candidate: a normal result with its name. */
export class NoCandidateResult extends Error {
  override readonly name = 'NoCandidateResult';
  readonly reason: NoCandidate;

  constructor(reason: NoCandidate, because: string) {
    super(because);
    this.reason = reason;
  }
}

/**
 * The named result behind an error: our own, or a step's failure whose type is one of the known reasons. Undefined for a fault
 * that is nobody's decision.
 */
export function asNoCandidate(error: unknown): NoCandidateResult | undefined {
  if (error instanceof NoCandidateResult) return error;
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const reason = noCandidateSchema.safeParse(error.cause.type);
  const why = error.cause.message;
  return reason.success
    ? new NoCandidateResult(reason.data, why)
    : new NoCandidateResult('unusable', `${error.activityType}: ${why}`);
}
