import { expect, it } from 'vitest';
import { estimateLine } from '../../client/cli/estimate-line.js';
import { startScriptedModel } from '../support/scripted-model.js';

const AS_OF = '2011-05-01T00:00:00.000Z';

it('a loss that was estimated without labels asks for a retrain, and stands in the ledger for the status', async () => {
  const line = await startScriptedModel();
  await line.apply({
    triggers: [
      { kind: 'performance', worseBy: '20%', over: '7 days' },
      { kind: 'performance', labels: 'estimated', worseBy: '20%', over: '7 days' },
    ],
    rollout: { first: 'auto', approval: { from: ['ml-leads'] } },
  });
  await line.until('it serves', (state) => state.aliases.champion !== null && state.openRollout === null);

  // no label has come, and the scores say that the loss rose
  const matured = { rows: 0, ratio: null, lower: null, baseline: 1 };
  const reconciled = {
    version: 1,
    from: '2011-01-01T00:00:00.000Z',
    to: '2011-03-01T00:00:00.000Z',
    rows: 400,
    labelled: 400,
    coverage: 1,
    estimated: 9,
    realised: 9.5,
    atRelease: 9,
    medianDelay: 60 * 86_400_000,
    longDelay: 60 * 86_400_000,
    delayCurve: [],
  };
  const estimate = { rows: 500, loss: 14, lower: 12, atRelease: 9, reconciled };
  line.script.measured = { performance: [matured, null], estimated: [null, estimate], drift: [null, null] };
  line.script.seed = 2;
  await line.client.workflow.execute('monitor', {
    workflowId: `monitor/${line.model}-${AS_OF}`,
    taskQueue: line.taskQueue,
    args: [{ model: line.model, asOf: AS_OF }],
  });

  await line.until('it retrained', (state) => state.openRetrain === null && state.outbox.length === 0);
  const ledger = await line.registry.ledger(line.model);
  const check = ledger.find(({ kind }) => kind === 'check');
  expect(check?.evidence?.summary).toMatchObject({
    performance: 'too-few-labels',
    'performance-estimated': 'fired',
    loss: 14,
    maturedLoss: 9.5,
  });
  expect(estimateLine(check)).toBe(
    'loss 14 without labels, 9 at release, limit 10.8; earlier estimate 9, its labels 9.5',
  );
  const asked = ledger.filter(({ kind }) => kind === 'retrain-requested').at(-1);
  expect(asked?.why).toContain('estimated loss 14 (lower bound 12); limit 10.8 = 9 at release + 20 %');

  // a spec that does not ask for estimates shows none
  expect(estimateLine(ledger[0])).toBeUndefined();
  expect(estimateLine(undefined)).toBeUndefined();
});
