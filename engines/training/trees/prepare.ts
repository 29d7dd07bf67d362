import { availableParallelism } from 'node:os';
import { PerennialError } from '../../../domain/errors.js';
import { checkData, takeRows, type InputNames, type TreesData, type TreesNotice } from './data.js';
import { fillRows, fitBins } from './fill-rows.js';
import { startHelper } from './helpers.js';
import type { Kernel, KernelEngine } from './kernel.js';
import { createThreadedKernel } from './kernel-threads.js';
import { createJavaScriptKernel } from './kernel-javascript.js';
import { createWasmKernel } from './kernel-wasm.js';
import { noticesOf } from './notices.js';
import type { TreesModel } from './model.js';
import { resolveParameters, type TreesOptions, type TreesParameters } from './parameters.js';
import { MOST_BYTES } from './memory.js';
import { createWorkspace, type InputBins, type Workspace } from './workspace.js';

/** What trees are grown from. */
export interface TreesTraining {
  /** Inputs in the order the model will hold them. */
  readonly inputs: readonly InputNames[];
  readonly train: TreesData;
  /** Judges early stopping; never grows a tree. */
  readonly validation?: TreesData;
  readonly options: TreesOptions;
  /** Number of classes for softmax; default: the greatest label + 1. */
  readonly classes?: number;
  /**
   * A model to start from: its trees come first, and its scores are where boosting begins. The rows are binned anew, so that
   * inputs which were constant before can be split now. Absent: start from the base.
   */
  readonly start?: TreesModel;
  /** Default `wasm`. Both give the same trees; `javascript` takes about three times as long. */
  readonly engine?: KernelEngine;
  /**
   * Threads that grow the trees, 1 … 64; any number gives the same trees. Default: 1 up to a million cells, where more only
   * lose; above that one for each processor, at most 8. The JavaScript engine always uses 1.
   */
  readonly threads?: number;
  /** Most memory of the training, beside the given rows; more is refused as `out-of-memory`. Default: what WebAssembly can address. */
  readonly mostBytes?: number;
}

/** A training whose rows are binned and in memory. */
export interface Prepared {
  readonly parameters: TreesParameters;
  readonly inputs: readonly InputNames[];
  readonly bins: readonly InputBins[];
  readonly outputs: number;
  readonly train: TreesData;
  readonly validation: TreesData | undefined;
  readonly space: Workspace;
  readonly kernel: Kernel;
  readonly notices: readonly TreesNotice[];
  readonly directions: readonly number[];
  /** Ends the helping threads; call it when the training is over. Safe to call twice. */
  readonly close: () => void;
}

/** Checks, bins and lays out the rows. Throws a named refusal for rows or parameters that cannot train. */
export function prepareTrees(training: TreesTraining): Prepared {
  const parameters = resolveParameters(training.options);
  checkInputs(training.inputs, parameters);
  checkData(training.train, parameters.objective);
  const outputs = outputsOf(training, parameters);
  const given = training.train;
  const train = weighClasses(withoutZeroWeights(given, training.inputs), parameters, outputs);
  checkClasses(train, parameters);
  const validation = training.validation?.rows === 0 ? undefined : training.validation;
  if (validation !== undefined) checkData(validation, parameters.objective);
  if (training.start !== undefined) checkStart(training.start, training.inputs, { parameters, outputs });
  const bins = fitBins(train, training.inputs, parameters, training.start);
  const space = createWorkspace({
    trainRows: train.rows,
    validationRows: validation?.rows ?? 0,
    weighted: train.weight !== undefined,
    validationWeighted: validation?.weight !== undefined,
    bins,
    outputs,
    numLeaves: parameters.numLeaves,
    helpers: threadsOf(training) - 1,
    mostBytes: training.mostBytes ?? MOST_BYTES,
  });
  const { kernel, close } = createEngine(space, training.engine ?? 'wasm');
  const directions = training.inputs.map(({ name }) => parameters.monotoneConstraints[name] ?? 0);
  writeLayout(space, bins, directions);
  const { inputs } = training;
  fillRows(space, kernel, { data: train, inputs, bins, block: space.train });
  if (validation !== undefined && space.validation !== undefined) {
    fillRows(space, kernel, { data: validation, inputs, bins, block: space.validation });
  }
  const notices = noticesOf(given, inputs, bins, parameters);
  return { parameters, inputs, bins, outputs, train, validation, space, kernel, notices, directions, close };
}

/** Cells from which a second thread pays. */
const CELLS_FOR_THREADS = 1_000_000;
const MOST_THREADS = 64;

function threadsOf({ train, inputs, threads, engine }: TreesTraining): number {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    const next = 'Leave it out to have it chosen.';
    refuse('parameter-invalid', 'threads', threads, {
      allowed: `a whole number in [1, ${MOST_THREADS}]`,
      next,
    });
  }
  if (engine === 'javascript') return 1;
  if (threads !== undefined) return threads;
  return train.rows * inputs.length > CELLS_FOR_THREADS ? Math.min(8, availableParallelism()) : 1;
}

function createEngine(space: Workspace, engine: KernelEngine): { kernel: Kernel; close: () => void } {
  const { memory } = space;
  if (engine === 'javascript') return { kernel: createJavaScriptKernel(memory), close: () => undefined };
  const alone = createWasmKernel(memory.memory);
  const hands = space.hands.map((own) => ({ ...own, helper: startHelper(memory, own.control) }));
  if (hands.length === 0) return { kernel: alone, close: () => undefined };
  const close = (): void => hands.forEach(({ helper }) => helper.close());
  return { kernel: createThreadedKernel(alone, memory, hands), close };
}

function writeLayout(
  { memory: { i32 }, layout }: Workspace,
  bins: readonly InputBins[],
  directions: readonly number[],
): void {
  let cell = 0;
  for (const [i, input] of bins.entries()) {
    i32.set([cell, input.bins, input.type === 'number' ? 0 : 1, directions[i] ?? 0], layout / 4 + i * 4);
    cell += input.bins + 1;
  }
}

function refuse(
  type: string,
  thing: string,
  value: unknown,
  { allowed, next }: { allowed: string; next: string },
): never {
  throw new PerennialError({ type, thing, value, allowed, next });
}

function checkStart(
  start: TreesModel,
  inputs: readonly InputNames[],
  { parameters, outputs }: { parameters: TreesParameters; outputs: number },
): void {
  const shape = (model: { outputs: number; objective: string; inputs: readonly InputNames[] }): string =>
    `${model.objective}, ${model.outputs} outputs, ${model.inputs.map(({ name, type }) => `${name}: ${type}`).join(', ')}`;
  const found = shape({
    outputs: start.outputs,
    objective: start.parameters.objective,
    inputs: start.inputs,
  });
  const wanted = shape({ outputs, objective: parameters.objective, inputs });
  if (found === wanted) return;
  refuse('start-mismatch', 'model to start from', found, { allowed: wanted, next: 'Start from scratch.' });
}

function checkInputs(inputs: readonly InputNames[], { monotoneConstraints }: TreesParameters): void {
  const names = new Map(inputs.map(({ name, type }) => [name, type]));
  if (names.size !== inputs.length) {
    const twice = inputs.find(({ name }, i) => inputs.findIndex((other) => other.name === name) !== i);
    refuse('input-twice', 'input', twice?.name, {
      allowed: 'each name once',
      next: 'Drop the repeated input.',
    });
  }
  for (const [name, direction] of Object.entries(monotoneConstraints)) {
    if (direction === 0) continue;
    if (names.get(name) === 'number') continue;
    refuse('monotone-invalid', `trainer.monotoneConstraints.${name}`, direction, {
      allowed: 'the name of a numeric input',
      next: names.has(name)
        ? 'A category has no order: drop the constraint.'
        : `Known inputs: ${[...names.keys()].join(', ')}.`,
    });
  }
}

function withoutZeroWeights(data: TreesData, inputs: readonly InputNames[]): TreesData {
  const { weight } = data;
  if (weight?.some((w) => w === 0) !== true) return data;
  const kept = Uint32Array.from(weight.keys()).filter((row) => (weight[row] ?? 0) > 0);
  return takeRows(data, inputs, kept);
}

function outputsOf({ classes, train }: TreesTraining, { objective }: TreesParameters): number {
  if (objective !== 'softmax') return 1;
  const seen = train.label.reduce((most, y) => Math.max(most, y), 0) + 1;
  const outputs = classes ?? seen;
  if (outputs >= Math.max(2, seen)) return outputs;
  return refuse('one-class', 'classes', outputs, {
    allowed: `at least ${Math.max(2, seen)}`,
    next: 'Widen the window so that it holds rows of two classes.',
  });
}

function checkClasses({ label }: TreesData, { objective }: TreesParameters): void {
  if (objective !== 'logistic' && objective !== 'softmax') return;
  if (label.some((y) => y !== label[0])) return;
  refuse('one-class', 'label', `class ${String(label[0])} in every row`, {
    allowed: 'rows of at least two classes',
    next: 'Widen the window so that it holds rows of two classes.',
  });
}

function weighClasses(
  data: TreesData,
  { classWeights, objective }: TreesParameters,
  outputs: number,
): TreesData {
  if (classWeights === 'none') return data;
  const classes = objective === 'logistic' ? 2 : outputs;
  const totals = new Float64Array(classes);
  for (const y of data.label) totals[y] = (totals[y] ?? 0) + 1;
  const factors = totals.map((total) => (total === 0 ? 0 : data.rows / (classes * total)));
  return { ...data, weight: data.label.map((y, row) => (factors[y] ?? 1) * (data.weight?.[row] ?? 1)) };
}
