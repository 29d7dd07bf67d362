import { PerennialError } from '../../domain/errors.js';

const NEXT: Readonly<Record<string, string>> = {
  'scorer-crashed': 'A new one is started at the next call; see the log for why it ended.',
  'scorer-hung':
    'It was given up and a new one is started at the next call; look at what this version computes.',
};

/** A refusal of a scorer: `scorer-crashed` and `scorer-hung` may pass, everything else is about the version. */
export function scoringFailure(lane: string, type: string, why: string): PerennialError {
  return new PerennialError({
    type,
    thing: `${lane} scorer`,
    value: why,
    allowed: 'scores',
    next: NEXT[type] ?? 'The version was not used; retrain or repair it.',
    retryable: type in NEXT,
  });
}
