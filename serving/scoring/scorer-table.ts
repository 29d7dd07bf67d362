import type { Columns } from '../../engines/inference/columns.js';
import { checkGolden, goldenSchema } from '../../engines/inference/golden.js';
import { createScorer, type Scorer } from '../../engines/inference/scorer.js';
import type { Rows, ScorableModel, Scored } from './protocol.js';

/** The versions that one host has loaded. */
export interface ScorerTable {
  /** Loads a version and scores its golden rows; it is kept only if they fit. Throws what the engine says. */
  load(model: ScorableModel): Promise<void>;
  score(key: string, rows: Rows): Promise<Scored>;
  unload(key: string): Promise<void>;
}

/** An empty table. */
export function createScorerTable(): ScorerTable {
  const loaded = new Map<string, { scorer: Scorer; model: ScorableModel }>();
  return {
    load: async (model) => {
      const golden = goldenSchema.parse(JSON.parse(model.golden));
      const { onnx, inputs, classes } = model;
      const scorer = await createScorer({ onnx, inputs, classes });
      try {
        await checkGolden(scorer, golden);
      } catch (error) {
        await scorer.dispose();
        throw error;
      }
      await loaded.get(model.key)?.scorer.dispose();
      loaded.set(model.key, { scorer, model });
    },
    score: async (key, rows) => {
      const entry = loaded.get(key);
      if (entry === undefined) throw new Error(`version ${key} is not loaded`);
      const scored = await entry.scorer.score(columnsOf(rows, entry.model));
      assertFinite(scored);
      return scored;
    },
    unload: async (key) => {
      const entry = loaded.get(key);
      loaded.delete(key);
      await entry?.scorer.dispose();
    },
  };
}

function columnsOf(rows: Rows, { inputs }: ScorableModel): Columns {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, readonly (string | null)[]> = {};
  let number = 0;
  let category = 0;
  for (const { name, type } of inputs) {
    if (type === 'number') {
      numbers[name] = rows.numbers.subarray(number * rows.count, (number + 1) * rows.count);
      number += 1;
    } else categories[name] = rows.categories[category++] ?? [];
  }
  return { rows: rows.count, numbers, categories };
}

/** JSON cannot hold what is not finite, and a caller must not take it for a prediction. */
function assertFinite({ predictions, scores }: Scored): void {
  const finite =
    scores === null
      ? predictions.every((value) => typeof value === 'number' && Number.isFinite(value))
      : scores.every(Number.isFinite);
  if (!finite) throw new Error('a score is not a finite number');
}
