import { ApplicationFailure } from '@temporalio/workflow';
import type { z } from 'zod';

/** One line per problem: path, what was expected. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.length === 0 ? 'the argument' : issue.path.join('.')}: ${issue.message}`)
    .join('; ');
}

/** Parses a start argument. An unusable one fails the run with the reason, at once and for good. */
export function parseStart<T>(workflow: string, schema: z.ZodType<T>, input: unknown, example: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const message = `${workflow} cannot start: ${describeIssues(parsed.error)}. Start it with one JSON object such as ${example}`;
  throw ApplicationFailure.nonRetryable(message, 'unusable-argument');
}

/** Validates the argument of an update. Synchronous: throwing refuses the update and leaves no trace in the history. */
export function validateUpdate<T>(update: string, schema: z.ZodType<T>, input: unknown, example: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const message = `${update} refused: ${describeIssues(parsed.error)}. Send one JSON object such as ${example}`;
  throw ApplicationFailure.nonRetryable(message, 'update-refused');
}
