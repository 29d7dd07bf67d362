import { packAnswer, type ThreadAnswer } from '../threads/answers.js';
import type { Columns } from './columns.js';
import { createScorer, type Scored, type ScorerSource } from './scorer.js';

/** What the bulk scoring thread is asked. */
export interface ScoreTask {
  readonly source: ScorerSource;
  readonly columns: Columns;
}

/** Entry of the bulk scoring thread: loads the model, scores all rows, frees it. */
export function run({ source, columns }: ScoreTask): Promise<ThreadAnswer<Scored>> {
  return packAnswer(async () => {
    const scorer = await createScorer(source);
    try {
      return await scorer.score(columns);
    } finally {
      await scorer.dispose();
    }
  });
}
