import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startS3Server, type S3Server } from '../../client/servers/s3-server.js';
import { aliasesAt, constant, registerHandMade } from '../../serving/fixtures.js';
import type { StoreState } from '../../serving/store-contact.js';
import { inferBody, outputOf, storedRows } from '../../serving/test-server.js';
import { openStore } from '../../storage/objects/open-store.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { keepCalling, servingBench, type ServingProcess } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';
const ADDRESS = 's3://perennial/serving';

it('serves, rolls back and starts again while its S3 server is dead, and then stores every answer once', async () => {
  const bench = servingBench();
  const dataDir = join(bench.folder, 's3');
  let s3 = await startS3Server({ dataDir });
  onTestFinished(() => s3.stop());
  const store = openStore(ADDRESS, { cache: join(bench.folder, 'cache'), env: { ...s3.environment } });
  const one = await registerHandMade(store, constant(1));
  const two = await registerHandMade(store, constant(2));
  const registry = createRegistry(store);
  await registry.setAliases(aliasesAt(1, { champion: two, previous: one }));

  const env = {
    ...s3.environment,
    PERENNIAL_STORE: ADDRESS,
    PERENNIAL_POLL_MS: '100',
    PERENNIAL_FLUSH_MS: '200',
  };
  const answered: string[] = [];
  const ask = async (server: ServingProcess): Promise<unknown> => {
    const answer = await server.call(`${MODEL}/infer`, inferBody([1]));
    expect(answer.status).toBe(200);
    answered.push(String(outputOf(answer, 'prediction_id')[0]));
    return answer.body['model_version'];
  };
  const serving = await bench.start(env);
  const stop = keepCalling(2, async () => void (await ask(serving)));
  await expect.poll(async () => (await storedRows(store)).length).toBeGreaterThan(20);

  await s3.kill9();
  const downSince = Date.now();
  const before = answered.length;
  const back = aliasesAt(2, { champion: one });
  expect((await serving.call(`${MODEL}/pin`, back)).status).toBe(200);
  await expect.poll(() => answered.length).toBeGreaterThan(before + 50);
  await stop();
  expect(await ask(serving)).toBe('1');
  await expect.poll(async () => (await storeOf(serving)).reachable).toBe(false);
  const away = await storeOf(serving);
  expect(Date.parse(away.since)).toBeGreaterThanOrEqual(downSince);
  expect(Date.parse(away.lastContact ?? '')).toBeLessThanOrEqual(Date.parse(away.since));
  expect(away.reason).toContain('expected an S3 service that answers');
  const told = await metricsOf(serving);
  expect(told).toContain('perennial_store_reachable 0');
  expect(Number(/^perennial_store_away_seconds (.*)$/m.exec(told)?.[1])).toBeGreaterThan(0);
  expect(told).toContain('perennial_log_rows_lost_total{model="bike-demand"} 0');
  await serving.stop();

  const again = await bench.start(env);
  expect(await ask(again)).toBe('1');
  expect(await storeOf(again)).toMatchObject({ reachable: false, lastContact: null });

  // The store is back, and still says what it said before the rollback.
  s3 = await startS3Server({ dataDir, port: portOf(s3) });
  await expect.poll(async () => (await storeOf(again)).reachable).toBe(true);
  expect(await registry.getAliases('bike-demand')).toMatchObject({ generation: 1, champion: two });
  const { since } = await storeOf(again);
  await expect
    .poll(async () => Date.parse((await storeOf(again)).lastContact ?? ''))
    .toBeGreaterThan(Date.parse(since));
  expect(await ask(again)).toBe('1');
  await registry.setAliases(back);
  await expect.poll(async () => (await storedRows(store)).length).toBe(answered.length);
  expect((await storedRows(store)).map((row) => row.prediction_id).sort()).toEqual([...answered].sort());
  expect((await again.call(`${MODEL}/status`)).body).toMatchObject({ champion: 1, generation: 2, lost: 0 });
});

async function storeOf(server: ServingProcess): Promise<StoreState> {
  return (await server.call('/v2/health/ready')).body['store'] as StoreState;
}

const metricsOf = async (server: ServingProcess): Promise<string> =>
  (await fetch(`${server.url}/metrics`)).text();

const portOf = ({ endpoint }: S3Server): number => Number(new URL(endpoint).port);
