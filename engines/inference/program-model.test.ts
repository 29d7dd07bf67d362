import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createGraph } from './graph-builder.js';
import { checkProgramModel } from './program-model.js';

/** 2 · x as somebody else may write it. */
function foreignModel(): Uint8Array {
  const graph = createGraph();
  graph.input('x', 'double');
  const zero = graph.constant({ element: 'double', dims: [1, 1], values: [0] });
  const missing = graph.node({ op: 'IsNaN', inputs: ['x'] });
  const filled = graph.node({ op: 'Where', inputs: [missing, zero, 'x'] });
  graph.node({ op: 'Add', inputs: [filled, filled], output: 'prediction' });
  graph.output('prediction', 'double', 1);
  return graph.finish({ metadata: {} });
}

const request = {
  source: { onnx: foreignModel(), inputs: [{ name: 'x', type: 'number' as const }], classes: null },
  table: { rows: 40, numbers: { x: Float64Array.from({ length: 40 }, (_, i) => i) }, categories: {} },
  said: null,
  unit: 1,
};

describe('a model of another’s making', () => {
  it('is never loaded into this thread, where nothing could stop it', async () => {
    const here = vi.spyOn(InferenceSession, 'create');
    onTestFinished(() => here.mockRestore());
    expect(await checkProgramModel(request)).toMatchObject({ pass: true, rows: 32, maxDifference: 0 });
    expect(here).not.toHaveBeenCalled();
  });

  it('is tried until the step is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(checkProgramModel({ ...request, work: { signal } })).rejects.toBe(signal.reason);
  });
});
