import { createOnnxGraph, definePlugin, type MetricRows, type TrainingJob } from 'perennial';
import { z } from 'zod';
import { fitRidge } from './ridge.js';

/** Too few bikes cost more than too many: each missing one counts threefold. */
function shortfall({ labels, predictions }: MetricRows): number {
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    const missing = (labels[row] ?? 0) - (predictions[row] ?? 0);
    total += missing > 0 ? 3 * missing : -missing;
  }
  return total / labels.length;
}

/** Σ weight · (missing ? mean : x) + intercept, as the file that serving runs. */
function asOnnx(
  { inputs }: TrainingJob<unknown>,
  { weights, means, intercept }: ReturnType<typeof fitRidge>,
) {
  const graph = createOnnxGraph();
  const constant = (value: number) => graph.constant({ element: 'double', dims: [1, 1], values: [value] });
  let sum = constant(intercept);
  for (const { name, type } of inputs) {
    const input = graph.input(name, type === 'number' ? 'double' : 'string');
    if (type === 'category') continue; // declared, as serving sends it, and not used
    const missing = graph.node({ op: 'IsNaN', inputs: [input] });
    const filled = graph.node({ op: 'Where', inputs: [missing, constant(means[name] ?? 0), input] });
    const part = graph.node({ op: 'Mul', inputs: [filled, constant(weights[name] ?? 0)] });
    sum = graph.node({ op: 'Add', inputs: [sum, part] });
  }
  // One score for each row, also where no input is a number.
  const shape = graph.node({ op: 'Shape', inputs: [inputs[0]?.name ?? ''] });
  graph.node({ op: 'Expand', inputs: [sum, shape], output: 'prediction' });
  graph.output('prediction', 'double', 1);
  return graph.finish({ metadata: { trainer: 'ours/ridge' } });
}

export default definePlugin({
  name: 'ours',
  version: '1.0.0',
  trainers: {
    ridge: {
      tasks: ['regression'],
      timeout: '5 minutes',
      options: z.strictObject({ penalty: z.number().min(0).default(1) }),
      train(job, { progress }) {
        progress({ message: `ridge on ${job.train.rows} rows` });
        const fit = fitRidge(job.train, job.options.penalty);
        return { onnx: asOnnx(job, fit), metrics: { intercept: fit.intercept } };
      },
    },
  },
  metrics: {
    shortfall: { tasks: ['regression'], direction: 'lower', value: shortfall },
  },
  gates: {
    // A model that is right on average may still be wrong by a whole station at the worst hour.
    'worst-hour': {
      options: z.strictObject({ atMost: z.number().gt(0) }),
      judge({ holdout, candidate, options }) {
        if (holdout.rows < 24) return { outcome: 'inconclusive', because: 'less than a day of rows' };
        const errors = Array.from<number | string, number>(holdout.label, (label, row) =>
          Math.abs(Number(label) - Number(candidate.predictions[row])),
        );
        const worst = Math.max(...errors);
        return {
          outcome: worst <= options.atMost ? 'pass' : 'fail',
          because: `off by ${worst.toFixed(1)} at the worst hour, allowed ${options.atMost}`,
          numbers: { worst, atMost: options.atMost },
        };
      },
    },
  },
  triggers: {
    // A champion that is wrong by more and more in one direction sees a world that moves away from it.
    bias: {
      options: z.strictObject({ above: z.number().gt(0), minRows: z.int().min(1).default(48) }),
      check({ judged, options }) {
        const rows = judged.labels.length;
        if (rows < options.minRows)
          return { fires: false, because: `${rows} rows, needs ${options.minRows}` };
        const errors = Array.from<number | string, number>(
          judged.labels,
          (label, row) => Number(label) - Number(judged.said.predictions[row]),
        );
        const bias = errors.reduce((sum, error) => sum + error, 0) / rows;
        return {
          fires: Math.abs(bias) > options.above,
          because: `off by ${bias.toFixed(2)} on average over ${rows} rows, limit ${options.above}`,
          numbers: { bias, rows, above: options.above },
        };
      },
    },
  },
});
