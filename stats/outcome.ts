/** A number that could be computed. Always finite. */
export interface Value {
  readonly kind: 'value';
  readonly value: number;
}

/** A number that does not exist for these rows; `reason` says why, in words for a person. */
export interface Absent {
  readonly kind: 'absent';
  readonly reason: string;
}

/** A number or the named reason for its absence. Nothing in this room answers NaN. */
export type Outcome = Value | Absent;

/** Wraps a number; a non-finite one becomes a named absence, so that NaN can never reach a verdict. */
export function value(number: number): Outcome {
  return Number.isFinite(number)
    ? { kind: 'value', value: number }
    : absent('the result is not a finite number');
}

/** Builds a named absence. */
export function absent(reason: string): Absent {
  return { kind: 'absent', reason };
}

/** The number, or `otherwise` where it is absent. */
export function valueOr<T>(outcome: Outcome, otherwise: T): number | T {
  return outcome.kind === 'value' ? outcome.value : otherwise;
}

/** The number; throws a RangeError with the reason where it is absent. For callers that have ruled absence out. */
export function requireValue(outcome: Outcome): number {
  if (outcome.kind === 'absent') throw new RangeError(`A value was required, but ${outcome.reason}.`);
  return outcome.value;
}
