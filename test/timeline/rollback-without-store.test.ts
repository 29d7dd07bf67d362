import { expect, it } from 'vitest';
import { startScriptedModel } from '../support/scripted-model.js';
import { askNew, serveFirst, waitingIn, bringToApproval } from '../replay/steps.js';

it('takes a champion back by hand while the store is down, and tells the store when it is back', async () => {
  const line = await startScriptedModel({ lookEveryMs: 1000 });
  await serveFirst(line);
  await askNew(line);
  await bringToApproval(line, 2);
  await line.update('decide', { version: 2, decision: 'approve', by: 'ada' });
  await waitingIn(line, 2, 'bake');

  line.storeDown = true;
  const back = await line.update('rollback', { by: 'ada', reason: 'wrong prices' });
  expect(back).toMatchObject({ outcome: 'rolled-back', version: 1 });
  expect((await line.state()).aliases).toMatchObject({ champion: { version: 1 }, baking: false });

  line.storeDown = false;
  await line.until('the store has it', ({ outbox, republish }) => outbox.length === 0 && !republish);
  expect((await line.registry.getAliases(line.model)).champion?.version).toBe(1);
  const lines = await line.registry.ledger(line.model);
  const why = lines.find(({ kind }) => kind === 'rolled-back')?.why;
  expect(why).toBe('wrong prices');
  expect((await line.state()).ruledOut).toHaveLength(1);
});
