import type { Scored } from '../scoring/protocol.js';

/** A tensor of an answer. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: 'FP64' | 'BYTES';
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** Answer to an infer request: one prediction and one prediction id per row, by the version named. */
export interface InferAnswer {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly outputs: readonly OutputTensor[];
}

/** Builds the answer. `scores` (one per class and row) only where the task has classes. */
export function inferAnswer(answered: {
  readonly model: string;
  readonly version: number;
  readonly id: string | undefined;
  readonly ids: readonly string[];
  readonly scored: Scored;
}): InferAnswer {
  const { ids, scored } = answered;
  const rows = ids.length;
  const datatype = typeof scored.predictions[0] === 'string' ? 'BYTES' : 'FP64';
  const outputs: OutputTensor[] = [
    { name: 'prediction', datatype, shape: [rows], data: scored.predictions },
    { name: 'prediction_id', datatype: 'BYTES', shape: [rows], data: ids },
  ];
  if (scored.scores !== null) {
    const shape = [rows, scored.scores.length / rows];
    outputs.push({ name: 'scores', datatype: 'FP64', shape, data: [...scored.scores] });
  }
  return {
    model_name: answered.model,
    model_version: String(answered.version),
    id: answered.id ?? ids[0] ?? '',
    outputs,
  };
}
