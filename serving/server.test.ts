import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VersionRef } from '../domain/references.js';
import { outcomeSegments } from '../storage/predictions/segments.js';
import { createRegistry } from '../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import { inferBody, outputOf, startTestServer, storedRows, type TestServer } from './test-server.js';

const MODEL = '/v2/models/bike-demand';

describe('a prediction server', () => {
  let server: TestServer;
  let one: VersionRef;
  beforeAll(async () => {
    server = await startTestServer(async (store) => {
      one = await registerHandMade(store, (graph, temp) => {
        const two = graph.constant({ element: 'double', dims: [1, 1], values: [2] });
        graph.node({ op: 'Mul', inputs: [temp, two], output: 'prediction' });
      });
      await createRegistry(store).setAliases(aliasesAt(1, { champion: one }));
    });
  });
  afterAll(() => server.remove());

  it('is live, ready, and says what it is', async () => {
    expect(await server.call('/v2/health/live')).toEqual({ status: 200, body: { live: true } });
    const log = { waiting: 0, lost: 0, problem: null };
    const instant = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    expect((await server.call('/v2/health/ready')).body).toEqual({
      ready: true,
      store: { reachable: true, since: instant, lastContact: instant, reason: null },
      worker: { lastHeard: null },
      models: [{ name: 'bike-demand', ready: true, version: '1', generation: 1, refused: null, log }],
    });
    expect((await server.call('/v2')).body).toMatchObject({ name: 'perennial' });
    expect((await server.call(`${MODEL}/ready`)).status).toBe(200);
  });

  it('describes the inputs by the names that the team gave them', async () => {
    const { body } = await server.call(MODEL);
    expect(body).toMatchObject({ name: 'bike-demand', versions: ['1'] });
    expect(body['inputs']).toEqual([
      { name: 'temp', datatype: 'FP64', shape: [-1, 1] },
      { name: 'season', datatype: 'BYTES', shape: [-1, 1] },
      { name: 'event_time', datatype: 'BYTES', shape: [-1, 1], parameters: { optional: true } },
      { name: 'key', datatype: 'BYTES', shape: [-1, 1], parameters: { optional: true } },
    ]);
    const version = await server.call(`${MODEL}/versions/1`);
    expect(version.body['parameters']).toEqual({ digest: one.digest, task: 'regression' });
  });

  it('answers each row with a prediction and an id of its own, naming the version', async () => {
    const answer = await server.call(`${MODEL}/infer`, inferBody([1, 2.5, 40], { id: 'mine' }));
    expect(answer).toMatchObject({
      status: 200,
      body: { model_name: 'bike-demand', model_version: '1', id: 'mine' },
    });
    expect(outputOf(answer, 'prediction')).toEqual([2, 5, 80]);
    expect(new Set(outputOf(answer, 'prediction_id')).size).toBe(3);
  });

  it('takes [N, 1] tensors, flat or nested, and whole numbers', async () => {
    const inputs = [
      { name: 'temp', shape: [2, 1], datatype: 'INT64', data: [[3], [4]] },
      { name: 'season', shape: [2, 1], datatype: 'INT32', data: [1, 2] },
    ];
    expect(outputOf(await server.call(`${MODEL}/infer`, { inputs }), 'prediction')).toEqual([6, 8]);
  });

  it('answers concurrent requests each with its own rows', async () => {
    const temps = Array.from({ length: 300 }, (_, i) => i);
    const answers = await Promise.all(
      temps.map((t) => server.call(`${MODEL}/infer`, inferBody([t, t + 0.5]))),
    );
    expect(answers.map((answer) => outputOf(answer, 'prediction'))).toEqual(
      temps.map((t) => [2 * t, 2 * t + 1]),
    );
  });

  it('logs every answered row durably before its status says so', async () => {
    const event_time = '2026-01-02T03:00:00.000Z';
    const body = inferBody([7]) as { inputs: unknown[] };
    const tagged = { name: 'key', shape: [1], datatype: 'BYTES', data: ['k1'] };
    const dated = { name: 'event_time', shape: [1], datatype: 'BYTES', data: ['2026-01-02T04:00:00+01:00'] };
    const answer = await server.call(`${MODEL}/infer`, { inputs: [...body.inputs, tagged, dated] });
    const { body: status } = await server.call(`${MODEL}/status`);
    const row = (await storedRows(server.store)).find(({ key }) => key === 'k1');
    expect(row).toMatchObject({
      prediction_id: outputOf(answer, 'prediction_id')[0],
      model: 'bike-demand',
      version: 1,
      role: 'champion',
      event_time,
      ahead_of_clock: false,
      prediction: 14,
      scores: null,
      inputs: { temp: 7, season: '1' },
    });
    expect(status).toMatchObject({ replica: 'r1', champion: 1, stepped: false, lost: 0, shadowDropped: 0 });
    expect(Date.parse(String(status['clock']))).toBeGreaterThanOrEqual(Date.parse(row?.received_at ?? ''));
  });

  it('knows a row without key by its event time, and without both by its prediction id', async () => {
    const dated = { name: 'event_time', shape: [1], datatype: 'BYTES', data: ['2026-01-05T00:00:00Z'] };
    const inputs = [...(inferBody([1]) as { inputs: unknown[] }).inputs, dated];
    const withTime = outputOf(await server.call(`${MODEL}/infer`, { inputs }), 'prediction_id')[0];
    const without = outputOf(await server.call(`${MODEL}/infer`, inferBody([1])), 'prediction_id')[0];
    await server.call(`${MODEL}/status`);
    const rows = await storedRows(server.store);
    const keyOf = (id: unknown): unknown => rows.find((row) => row.prediction_id === id)?.key;
    expect([keyOf(withTime), keyOf(without)]).toEqual(['2026-01-05T00:00:00.000Z', without]);
  });

  it('stores labels once, however often they are sent', async () => {
    const labels = [
      { prediction_id: 'p1', label: 3 },
      { key: '2026-01-05T00:00:00.000Z', label: 4.5, event_time: '2026-01-05T00:00:00Z' },
    ];
    const send = async (): Promise<unknown> => (await server.call(`${MODEL}/feedback`, { labels })).body;
    expect([await send(), await send()]).toEqual([
      { accepted: 2, duplicates: 0 },
      { accepted: 0, duplicates: 2 },
    ]);
  });

  it('has every label in the store that it stamped before the clock of its status', async () => {
    const folder = join(server.storeFolder, 'outcomes');
    const stored = async (): Promise<string> =>
      (await outcomeSegments(server.store, 'bike-demand')).map((path) => readFileSync(path, 'utf8')).join('');
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, ''); // a store that takes predictions, and no labels
    const { status } = await server.call(`${MODEL}/feedback`, { labels: [{ key: 'stamped', label: 5 }] });
    expect(status).toBe(503);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    expect(await stored()).not.toContain('stamped');
    expect((await server.call(`${MODEL}/status`)).status).toBe(200);
    expect(await stored()).toContain('stamped');
  });

  it('picks up models and newer aliases from the store by itself', async () => {
    const two = await registerHandMade(server.store, constant(5), { model: 'other' });
    await createRegistry(server.store).setAliases({ ...aliasesAt(1, { champion: two }), model: 'other' });
    const ready = async (): Promise<boolean> => (await server.call('/v2/models/other/ready')).status === 200;
    await expect.poll(ready).toBe(true);
    expect(outputOf(await server.call('/v2/models/other/infer', inferBody([1])), 'prediction')).toEqual([5]);
  });
});
