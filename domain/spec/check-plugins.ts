import { problem, type SpecProblem } from './problem.js';
import type { SpecParts } from './spec-parts.js';

/** Each trigger of a plug-in once: ledger, status and metrics tell them apart by their name. */
export function checkPlugins({ triggers }: SpecParts): SpecProblem[] {
  return triggers.flatMap((trigger, index) => {
    if (trigger?.kind !== 'plugin') return [];
    const { name } = trigger;
    const first = triggers.findIndex((other) => other?.kind === 'plugin' && other.name === name);
    if (first === index) return [];
    const allowed = `a name of its own, and triggers[${first}] has this one`;
    const next = 'Bring it under a second name in the plug-in, or remove one of them.';
    return [problem({ path: ['triggers', index, 'name'], value: name, allowed, next })];
  });
}
