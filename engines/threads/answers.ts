import { PerennialError, type Refusal } from '../../domain/errors.js';

/** What a thread answers: errors that a person can act on travel as data, since a thread boundary drops their fields. */
export type ThreadAnswer<T> = { readonly value: T } | { readonly refusal: Refusal };

/** Unpacks an answer; a refusal becomes a PerennialError again. */
export function openAnswer<T>(answer: ThreadAnswer<T>): T {
  if ('refusal' in answer) throw new PerennialError(answer.refusal);
  return answer.value;
}

/** Runs `work` and packs its result or its refusal; other errors pass through. */
export async function packAnswer<T>(work: () => Promise<T>): Promise<ThreadAnswer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof PerennialError) return { refusal: error.refusal };
    throw error;
  }
}
