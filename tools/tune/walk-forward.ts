import { epoch, instant } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { PLAN } from '../../client/demo/plan.js';
import { planWindow } from '../../engines/features/plan-window.js';
import type { Table } from '../../engines/features/table.js';
import { predictModel, trainModel } from '../../engines/training/train.js';
import { between } from '../false-triggers/permute.js';

const STEP_MS = 21 * 86_400_000;

/**
 * Mean absolute error by rolling origin (Tashman 2000, doi 10.1016/S0169-2070(00)00065-0): from the story's first day on, train
 * every 21 days as a retrain would at that moment, and judge on the days until the next. No gates, no triggers: what is compared is
 * the trainer alone.
 */
export async function walkForward(spec: ModelSpec, table: Table, end: string): Promise<number> {
  let sum = 0;
  let count = 0;
  for (let at = epoch(PLAN.firstDay); at < epoch(end); at += STEP_MS) {
    const plan = planWindow({ spec, asOf: instant(at) });
    const block = ({ from, to }: { from: string; to: string }): Table =>
      between(table, epoch(from), epoch(to));
    const model = await trainModel({ spec, train: block(plan.train), validation: block(plan.validation) });
    const judged = between(table, at, Math.min(at + STEP_MS, epoch(end)));
    const said = await predictModel(model, judged);
    said.forEach((value, i) => (sum += Math.abs(value - Number(judged.label[i]))));
    count += judged.rows;
  }
  return sum / count;
}
