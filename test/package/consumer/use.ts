import { defineModel, type ModelStatus, type Perennial, PerennialError } from 'perennial';
import { compareColumns, detect, type DriftReport } from 'perennial/stats';
import rides from './model.js';

// What somebody else's program may look like: compiled and run as an ES module and as CommonJS.

// @ts-expect-error: a spec needs more than its name
export const tooLittle = (): unknown => defineModel({ model: 'rides' });

/** Every verb of the client is typed. */
export async function statusOf(perennial: Perennial): Promise<ModelStatus | string> {
  try {
    return await perennial.status(rides.model);
  } catch (error) {
    if (error instanceof PerennialError) return error.refusal.type;
    throw error;
  }
}

const same = { name: 'temp', reference: [0.2, 0.3, 0.4], current: [0.2, 0.3, 0.4] };
const report: DriftReport = compareColumns([same]);
const { params } = detect([0, 1, 0], 'page-hinkley');
console.log(JSON.stringify({ model: rides.model, drifted: report.drifted, threshold: params['threshold'] }));
