import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../client/servers/free-port.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { startScriptedModel } from '../support/scripted-model.js';
import { sharedServer } from '../support/temporal.js';
import { askNew, serveFirst, waitingIn, bringToApproval } from '../replay/steps.js';

/** A person's client whose store does not answer, either. */
async function clientWithoutStore(taskQueue: string): Promise<Perennial> {
  const { address, namespace } = sharedServer();
  const env = {
    PERENNIAL_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
  };
  const perennial = Perennial.open({ address, namespace, taskQueue, store: 's3://away/models', env });
  onTestFinished(() => perennial.close());
  return perennial;
}

it('takes a champion back by hand while the store is down, and tells the store when it is back', async () => {
  const line = await startScriptedModel({ lookEveryMs: 1000 });
  await serveFirst(line);
  await askNew(line);
  await bringToApproval(line, 2);
  await line.update('decide', { version: 2, decision: 'approve', by: 'ada' });
  await waitingIn(line, 2, 'bake');

  line.storeDown = true;
  const back = await (
    await clientWithoutStore(line.taskQueue)
  ).rollback(line.model, {
    by: 'ada',
    reason: 'wrong prices',
  });
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
