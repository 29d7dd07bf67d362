import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { VersionRef } from '../../domain/references.js';
import { aliasesAt, constant, registerHandMade } from '../../serving/fixtures.js';
import type { FleetHealth } from '../../serving/fleet.js';
import { inferBody, outputOf, storedRows } from '../../serving/test-server.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { servingBench, type ServingProcess } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';
const FULL = new URL('../support/full-disk.mjs', import.meta.url).href;

const logOf = async (server: ServingProcess) =>
  ((await server.call('/v2/health/ready')).body as unknown as FleetHealth).models[0]?.log;
const metricsOf = async ({ url }: ServingProcess): Promise<string> => (await fetch(`${url}/metrics`)).text();

it('answers on a full disk, obeys a rollback, says what it cannot write, and has every row when there is room', async () => {
  const bench = servingBench();
  const refs: VersionRef[] = [];
  for (const value of [1, 2, 3]) refs.push(await registerHandMade(bench.store, constant(value)));
  const [one = null, two = null, three = null] = refs;
  await createRegistry(bench.store).setAliases(aliasesAt(1, { champion: three, previous: two }));
  const flag = join(bench.folder, 'full');
  const env = { NODE_OPTIONS: `--import ${FULL}`, PERENNIAL_TEST_FULL_DISK: flag, PERENNIAL_FLUSH_MS: '50' };
  const server = await bench.start(env);
  const answered: unknown[] = [];
  const predicts = async (): Promise<unknown> => {
    const answer = await server.call(`${MODEL}/infer`, inferBody([1]));
    answered.push(outputOf(answer, 'prediction_id')[0]);
    return outputOf(answer, 'prediction')[0];
  };
  expect(await predicts()).toBe(3);
  await expect.poll(async () => (await storedRows(bench.store)).length).toBe(1);
  await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: three, previous: two }));

  writeFileSync(flag, '');
  for (let i = 0; i < 50; i++) expect(await predicts()).toBe(3);
  await expect.poll(async () => (await logOf(server))?.problem?.reason).toContain('ENOSPC');
  expect(await logOf(server)).toMatchObject({ waiting: 50, lost: 0 });
  expect(await metricsOf(server)).toContain('perennial_spool_writable{model="bike-demand"} 0');
  const status = await server.call(`${MODEL}/status`);
  expect([status.status, status.body['error']]).toEqual([503, expect.stringContaining('with free space')]);

  // A rollback has its room; a second change must wait.
  expect((await server.call(`${MODEL}/pin`, aliasesAt(3, { champion: two }))).status).toBe(200);
  expect(await predicts()).toBe(2);
  const second = aliasesAt(4, { champion: one });
  const refused = await server.call(`${MODEL}/pin`, second);
  expect([refused.status, refused.body['error']]).toEqual([503, expect.stringContaining('make room')]);
  expect(await predicts()).toBe(2);

  rmSync(flag);
  await expect.poll(async () => (await logOf(server))?.problem).toBeNull();
  expect((await server.call(`${MODEL}/status`)).body).toMatchObject({ generation: 3, lost: 0 });
  expect((await server.call(`${MODEL}/pin`, second)).body).toMatchObject({ generation: 4, champion: 1 });
  expect((await storedRows(bench.store)).map((row) => row.prediction_id)).toEqual(answered);
  await server.kill9();
  const again = await bench.start(env);
  expect((await again.call(`${MODEL}/status`)).body).toMatchObject({ generation: 4, champion: 1, lost: 0 });
});
