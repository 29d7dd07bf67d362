import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileKernel, kernelPath } from '../../../tools/trees-kernel/build.js';
import { boost, openBoosting } from './boost.js';
import { modelOf } from './boosting.js';
import { exponential } from './kernel-math.js';
import type { KernelEngine } from './kernel.js';
import { createJavaScriptKernel } from './kernel-javascript.js';
import { createWasmKernel } from './kernel-wasm.js';
import { allocate } from './memory.js';
import type { TreesOptions } from './parameters.js';
import { makeRows, testInputs, uniform, withClasses } from './test-rows.js';

const rows = makeRows(1500);
const binary = withClasses(rows, [14]);

async function modelFrom(engine: KernelEngine, options: TreesOptions): Promise<string> {
  const { objective } = options;
  const train =
    objective === 'logistic' ? binary : objective === 'softmax' ? withClasses(rows, [10, 14, 18]) : rows;
  const boosting = openBoosting({
    inputs: testInputs,
    train,
    options: { numIterations: 12, ...options },
    engine,
  });
  await boost(boosting, Infinity);
  return JSON.stringify(modelOf(boosting));
}

const cases: Record<string, TreesOptions> = {
  'squared loss': { objective: 'squared' },
  'absolute loss': { objective: 'absolute' },
  'quantile loss': { objective: 'quantile', alpha: 0.9 },
  'Poisson loss': { objective: 'poisson' },
  'logistic loss': { objective: 'logistic' },
  'softmax loss': { objective: 'softmax' },
  'sampled rows and inputs': { objective: 'squared', baggingFraction: 0.6, featureFraction: 0.5, seed: 9 },
  'monotone constraints': { objective: 'squared', monotoneConstraints: { slope: 1, steps: -1 } },
  'few bins, deep limits and a penalty': { objective: 'logistic', maxBin: 16, maxDepth: 4, lambdaL2: 3 },
  'categories without smoothing': {
    objective: 'squared',
    categorySmoothing: 0,
    minDataPerGroup: 1,
    minDataInLeaf: 2,
  },
};

describe('the WebAssembly and JavaScript kernels', () => {
  it.each(Object.entries(cases))('grow the same bytes with %s', async (_, options) => {
    expect(await modelFrom('wasm', options)).toBe(await modelFrom('javascript', options));
  });

  it('agree on every bit of the softmax, and so of the exponential', () => {
    const count = 4000;
    const outputs = [createWasmKernel, createJavaScriptKernel].map((create) => {
      const memory = allocate(count * 6 * 8 + 1024);
      const kernel =
        create === createWasmKernel ? createWasmKernel(memory.memory) : createJavaScriptKernel(memory);
      for (let i = 0; i < 3 * count; i++) memory.f64[128 + i] = (uniform(i, 3) - 0.5) * 10 ** (i % 4);
      kernel.softmax({ scores: 1024, bases: 8, count, classes: 3, probabilities: 1024 + count * 24 });
      return [...memory.f64.slice(128 + 3 * count, 128 + 6 * count)];
    });
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]?.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('is built from the committed source', async () => {
    expect(Buffer.from(await compileKernel()).equals(await readFile(kernelPath))).toBe(true);
  });
});

describe('the exponential', () => {
  it('stays within an ulp of the true one', () => {
    expect(Math.abs(exponential(1) / Math.E - 1)).toBeLessThan(2.3e-16);
    expect(exponential(0)).toBe(1);
    expect(exponential(-745)).toBe(5e-324);
    expect([exponential(710), exponential(-746), exponential(NaN)]).toEqual([Infinity, 0, NaN]);
  });
});
