/**
 * Scoring: the exported model as one ONNX file with its preprocessing, scorers on ONNX Runtime, and the checks that the file computes what
 * was trained.
 */
export { type Columns, type InputRow, toColumns } from './columns.js';
export { checkGolden, type Golden, goldenSchema, makeGolden } from './golden.js';
export { exportOnnx, OUTPUT } from './export-onnx.js';
export { checkParity, type Parity } from './parity.js';
export { checkProgramModel, type ProgramModelRequest } from './program-model.js';
export { createScorer, type Scored, type Scorer, type ScorerSource } from './scorer.js';
export { createWorkerScorer } from './score-in-worker.js';
export { PARITY_TOLERANCE } from './tolerance.js';
