import { PerennialError } from '../domain/errors.js';

/** What a person can mend ends the retrain as `training-failed`, too little memory by its own name; anything else is a fault and is retried. */
export function namedTrainingFailure(error: unknown): unknown {
  if (!(error instanceof PerennialError) || error.refusal.retryable === true) return error;
  if (error.type === 'out-of-memory') return error;
  return new PerennialError({ ...error.refusal, type: 'training-failed' }, { cause: error });
}

/** What is the matter with a plug-in ends the retrain as `plugin-failed`; anything else is as it was. */
export function namedPluginFailure(error: unknown): unknown {
  const about =
    error instanceof PerennialError && /^(unknown-plugin|plugin-|timeout-too-long)/.test(error.type);
  return about ? new PerennialError({ ...error.refusal, type: 'plugin-failed' }, { cause: error }) : error;
}
