import { PAIRS, PARTS, PHASES, type Part, type Phase } from './phases.js';
import type { Strike } from './strike.js';

/** What `npm test` kills in one story: each process, and two at once. */
export const QUICK: readonly Strike[] = [
  strike('extract', ['s3'], 'before'),
  strike('train', ['worker'], 'before'),
  strike('register', ['temporal', 's3'], 'after'),
  strike('shadow', ['serving'], 'before'),
  strike('approval', ['temporal'], 'before'),
  strike('promote', ['s3'], 'after'),
];

/**
 * What `npm run soak` kills: each process in every phase, held before and after an effect in the store, and every pair in every phase. One
 * story each.
 */
export const WHOLE: readonly (readonly Strike[])[] = [
  ...PARTS.flatMap((part) => [inEveryPhase([part], 'before'), inEveryPhase([part], 'after')]),
  ...PAIRS.map((pair, i) => inEveryPhase(pair, i % 2 === 0 ? 'before' : 'after')),
];

function inEveryPhase(parts: readonly Part[], held: Strike['held']): Strike[] {
  return PHASES.map((phase) => strike(phase, parts, held));
}

function strike(phase: Phase, parts: readonly Part[], held: Strike['held']): Strike {
  return { phase, parts, held, skip: 0 };
}
