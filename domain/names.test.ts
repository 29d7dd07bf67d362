import { describe, expect, it } from 'vitest';
import { modelOfWorkflow } from './names.js';

describe('the model of a workflow', () => {
  it.each([
    ['model/m', 'm'],
    ['retrain/m/3', 'm'],
    ['rollout/m/3.2', 'm'],
    ['monitor/m-2-2011-04-01T00:00:00Z', 'm-2'],
    ['scheduled-retrain/m-2011-04-01T00:00:00Z', 'm'],
    ['notify/m/6/2026-11-21T23:32:38.850Z', 'm'],
    ['notify/rollout/m/3/01a2/approval-waiting', 'm'],
    ['notify/rollout/6/2026-11-21T23:32:38.850Z', 'rollout'],
    ['notify/test/b06226ff', undefined],
    ['somebody/else', undefined],
  ])('%s is %s', (id, model) => {
    expect(modelOfWorkflow(id)).toBe(model);
  });
});
