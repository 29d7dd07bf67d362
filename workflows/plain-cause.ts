/** Why a step failed, in the words of its cause: a failed activity says only that it failed. */
export function plainCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
