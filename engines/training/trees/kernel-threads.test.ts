import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boost, openBoosting } from './boost.js';
import { modelOf } from './boosting.js';
import { CONTROL_BYTES, startHelper, type Helper } from './helpers.js';
import type { Kernel } from './kernel.js';
import { createThreadedKernel } from './kernel-threads.js';
import { createWasmKernel } from './kernel-wasm.js';
import { allocate, planMemory } from './memory.js';
import { makeRows, testInputs, uniform } from './test-rows.js';
import { scratchBytes } from './workspace.js';

const ROWS = 30_011;
const FEATURES = 5;
const CELLS = 255 * FEATURES;

/** The same numbers in a fresh memory, and what a kernel makes of them. */
function scene(helpers: number) {
  const plan = planMemory();
  const at = {
    bins: plan.take(ROWS * FEATURES + 16),
    column: plan.take(ROWS),
    list: plan.take(ROWS * 4),
    scratch: plan.take(ROWS * 4),
    scores: plan.take(ROWS * 8),
    labels: plan.take(ROWS * 8),
    pairs: plan.take(ROWS * 16),
    gradients: plan.take(ROWS * 8),
    layout: plan.take(FEATURES * 16),
    features: plan.take(FEATURES * 4),
    cells: plan.take(CELLS * 16),
    chunk: plan.take(scratchBytes(FEATURES)),
    table: plan.take(256),
    maxima: plan.take(16),
    bounds: plan.take(1024),
    values: plan.take(ROWS * 8),
  };
  const hands = Array.from({ length: helpers }, () => ({
    control: plan.take(CONTROL_BYTES),
    cells: plan.take(CELLS * 16),
    scratch: plan.take(scratchBytes(FEATURES)),
    maxima: plan.take(16),
  }));
  const memory = allocate(plan.size());
  const { u8, u32, i32, f32, f64 } = memory;
  for (let i = 0; i < ROWS; i++) {
    u32[at.list / 4 + i] = ROWS - 1 - i;
    f64[at.scores / 8 + i] = uniform(i, 1) - 0.5;
    f64[at.labels / 8 + i] = i % 2;
    f64[at.values / 8 + i] = uniform(i, 3);
    u8[at.column + i] = Math.floor(uniform(i, 2) * 255);
    for (let f = 0; f < FEATURES; f++) u8[at.bins + i * FEATURES + f] = Math.floor(uniform(i, 10 + f) * 255);
  }
  for (let f = 0; f < FEATURES; f++) i32.set([f * 255, 254, 0, 0], at.layout / 4 + f * 4);
  u32.set([0, 1, 2, 3, 4], at.features / 4);
  f32.fill(Infinity, at.bounds / 4, at.bounds / 4 + 256).set([0.1, 0.5, 0.9], at.bounds / 4);
  for (let bin = 0; bin < 256; bin++) u8[at.table + bin] = bin % 3 === 0 ? 1 : 0;
  return { memory, at, hands };
}

function work({ at, memory }: ReturnType<typeof scene>, kernel: Kernel): Buffer {
  const { scores, labels, pairs, maxima, gradients, layout, features, cells, bins, list } = at;
  kernel.gradients({
    kind: 4,
    scores,
    bias: 0.3,
    labels,
    weights: 0,
    count: ROWS,
    a: 0,
    b: 0,
    pairs,
    maxima,
  });
  kernel.quantise({ pairs, count: ROWS, gScale: 2 ** 20, hScale: 2 ** 21, gradients });
  const rows = { bins, stride: FEATURES, rows: list, count: ROWS, gradients };
  kernel.histogram({
    ...rows,
    features,
    featureCount: 5,
    layout,
    cells,
    cellCount: CELLS,
    scratch: at.chunk,
  });
  kernel.binNumbers({ values: at.values, count: ROWS, bounds: at.bounds, missing: 4, column: at.bins });
  const left = kernel.partition({
    rows: list,
    count: ROWS,
    column: at.column,
    table: at.table,
    scratch: at.scratch,
  });
  kernel.addLeaf({ scores, rows: list, count: left, value: 0.7 });
  const regions = [
    [scores, ROWS * 8],
    [pairs, ROWS * 16],
    [gradients, ROWS * 8],
    [maxima, 16],
    [list, ROWS * 4],
    [cells, CELLS * 16],
    [bins, ROWS],
  ] as const;
  return Buffer.concat([
    Buffer.of(left % 251),
    ...regions.map(([from, bytes]) => memory.u8.slice(from, from + bytes)),
  ]);
}

describe('a kernel with helping threads', () => {
  const threaded = scene(3);
  const helpers: Helper[] = [];

  beforeAll(async () => {
    for (const { control } of threaded.hands) helpers.push(startHelper(threaded.memory, control));
    while (!helpers.every((helper) => helper.ready())) await nextTurn();
  });
  afterAll(() => helpers.forEach((helper) => helper.close()));

  it('writes the same bytes as one thread', () => {
    const single = scene(0);
    const wanted = work(single, createWasmKernel(single.memory.memory));
    const hands = threaded.hands.flatMap((hand, i) => {
      const helper = helpers[i];
      return helper === undefined ? [] : [{ ...hand, helper }];
    });
    const found = work(
      threaded,
      createThreadedKernel(createWasmKernel(threaded.memory.memory), threaded.memory, hands),
    );
    expect(found.equals(wanted)).toBe(true);
  });

  it('works alone after its helpers are closed', () => {
    const one = scene(1);
    const helper = startHelper(one.memory, one.hands[0]?.control ?? 0);
    helper.close();
    helper.close();
    expect(helper.ready()).toBe(false);
  });
});

describe('a training on several threads', () => {
  it.each([2, 4])('gives the model of one thread on %d', async (threads) => {
    const train = makeRows(20_000);
    const options = { objective: 'squared', numIterations: 6, baggingFraction: 0.8 } as const;
    const models = await Promise.all(
      [1, threads].map(async (count) => {
        const boosting = openBoosting({ inputs: testInputs, train, options, threads: count });
        await boost(boosting, Infinity);
        return JSON.stringify(modelOf(boosting));
      }),
    );
    expect(models[1]).toBe(models[0]);
  });

  it('refuses a number of threads that makes no sense', () => {
    const training = {
      inputs: testInputs,
      train: makeRows(50),
      options: { objective: 'squared' },
      threads: 0,
    } as const;
    expect(() => openBoosting(training)).toThrow('whole number in [1, 64]');
  });
});
