import type { DriftOptions } from '../../stats/index.js';
import { packAnswer, type ThreadAnswer } from '../threads/answers.js';
import { type ComparedColumn, compareSides, type Sides } from './compare-sides.js';

/** One column to compare in a thread. */
export interface CompareTask {
  readonly sides: Sides;
  readonly options: DriftOptions;
}

let scratch = new Float64Array(0);

/** Entry of a comparing thread: piscina calls it with one column at a time. Its scratch memory stays for the next column. */
export function run({ sides, options }: CompareTask): Promise<ThreadAnswer<ComparedColumn>> {
  return packAnswer(() => {
    if (sides.kind === 'number') {
      const longest = Math.max(sides.reference.length, sides.current.length);
      if (scratch.length < longest) scratch = new Float64Array(longest);
    }
    return Promise.resolve(compareSides(sides, options, scratch));
  });
}
