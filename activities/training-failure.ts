import { PerennialError } from '../domain/errors.js';

/** What is the matter before a plug-in is asked at all: it is not loaded, is other code than before, or does not take what the spec says. */
const NOT_ASKED = /^(unknown-plugin|plugin-(?!failed)|timeout-too-long)/;

/**
 * What a person can mend ends the retrain as `training-failed`, too little memory by its own name, a plug-in that could not be asked as
 * `plugin-failed`; anything else is a fault and is retried.
 */
export function namedTrainingFailure(error: unknown): unknown {
  if (!(error instanceof PerennialError) || error.refusal.retryable === true) return error;
  if (error.type === 'out-of-memory') return error;
  if (NOT_ASKED.test(error.type)) return namedPluginFailure(error);
  return new PerennialError({ ...error.refusal, type: 'training-failed' }, { cause: error });
}

/** What is the matter with a plug-in ends the retrain as `plugin-failed`; anything else is as it was. */
export function namedPluginFailure(error: unknown): unknown {
  const about =
    error instanceof PerennialError && /^(unknown-plugin|plugin-|timeout-too-long)/.test(error.type);
  return about ? new PerennialError({ ...error.refusal, type: 'plugin-failed' }, { cause: error }) : error;
}
