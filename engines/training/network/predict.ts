import type { Table } from '../../features/table.js';
import { encodeTable } from '../encode.js';
import { exactExp } from '../exact-math.js';
import type { NetworkModel } from '../fitted-model.js';
import { forEachChunk, rawOutputs } from './gradient.js';
import type { MatrixEngine } from './tfjs.js';

/** Scores of a network by tfjs: [rows] for regression, row-major [rows, classes] for classification. */
export function networkScores(engine: MatrixEngine, model: NetworkModel, table: Table): Float64Array {
  const matrix = encodeTable(model.preprocessing, table);
  const targets = new Float32Array(table.rows);
  const outputs = model.layers.at(-1)?.out ?? 1;
  const raw = new Float32Array(table.rows * outputs);
  const rows = { matrix, targets, width: model.preprocessing.width, count: table.rows };
  forEachChunk(rows, (chunk, start) => {
    raw.set(rawOutputs(engine, model.layers, chunk), start * outputs);
  });
  return finishScores(model, raw);
}

/** Turns raw outputs of the last layer into predictions (regression) or class probabilities. */
export function finishScores(
  model: Pick<NetworkModel, 'task' | 'classes' | 'labelScale'>,
  raw: Float32Array,
): Float64Array {
  const { labelScale, classes } = model;
  if (labelScale !== null) return Float64Array.from(raw, (value) => value * labelScale.sd + labelScale.mean);
  if (model.task === 'binary') {
    return Float64Array.from({ length: raw.length * 2 }, (_, i) => {
      const logit = raw[Math.floor(i / 2)] ?? 0;
      return 1 / (1 + exactExp(i % 2 === 0 ? logit : -logit));
    });
  }
  return softmaxRows(raw, classes?.length ?? 1);
}

function softmaxRows(raw: Float32Array, width: number): Float64Array {
  const scores = new Float64Array(raw.length);
  for (let start = 0; start < raw.length; start += width) {
    const logits = raw.subarray(start, start + width);
    const largest = Math.max(...logits);
    let total = 0;
    for (let j = 0; j < width; j++) total += scores[start + j] = exactExp((logits[j] ?? 0) - largest);
    for (let j = 0; j < width; j++) scores[start + j] = (scores[start + j] ?? 0) / total;
  }
  return scores;
}
