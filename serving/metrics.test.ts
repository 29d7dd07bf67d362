import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VersionRef } from '../domain/references.js';
import { createRegistry } from '../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import { inferBody, startTestServer, type TestServer } from './test-server.js';

const MODEL = '/v2/models/bike-demand';
const TOKEN = 'a-secret-that-nobody-guesses';

let server: TestServer;
let one: VersionRef;
beforeEach(async () => {
  server = await startTestServer(
    async (store) => {
      one = await registerHandMade(store, constant(1));
      await createRegistry(store).setAliases(aliasesAt(1, { champion: one }));
    },
    { PERENNIAL_SERVING_TOKEN: TOKEN },
  );
});
afterEach(() => server.remove());

const known = { authorization: `Bearer ${TOKEN}` };

/** Samples by name and labels, as they stand in the text. */
async function samples(): Promise<Map<string, number>> {
  const response = await fetch(`${server.url()}/metrics`, { headers: known });
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('the metrics of a prediction server', () => {
  it('count requests, errors and rows of the log, and name what serves', async () => {
    for (const temps of [[1], [1, 2]]) await server.call(`${MODEL}/infer`, inferBody(temps), known);
    await server.call(`${MODEL}/infer`, {}, known);
    await server.call('/v2/models/made-up-by-a-caller/infer', {}, known);
    await server.call(`${MODEL}/status`, undefined, known);
    const found = await samples();
    expect(Object.fromEntries(found)).toMatchObject({
      'perennial_requests_total{model="bike-demand",status="200"}': 2,
      'perennial_requests_total{model="bike-demand",status="400"}': 1,
      'perennial_requests_total{model="unknown",status="404"}': 1,
      'perennial_request_errors_total{model="bike-demand",type="bad-request"}': 1,
      'perennial_request_errors_total{model="unknown",type="unknown-model"}': 1,
      'perennial_request_seconds_count{model="bike-demand"}': 3,
      'perennial_log_rows_taken_total{model="bike-demand"}': 3,
      'perennial_log_rows_stored_total{model="bike-demand"}': 3,
      'perennial_log_rows_lost_total{model="bike-demand"}': 0,
      'perennial_log_rows_waiting{model="bike-demand"}': 0,
      'perennial_log_behind_seconds{model="bike-demand"}': 0,
      perennial_log_flush_interval_seconds: 10,
      'perennial_spool_writable{model="bike-demand"}': 1,
      'perennial_model_ready{model="bike-demand"}': 1,
      'perennial_generation{model="bike-demand"}': 1,
      'perennial_pin_refused{model="bike-demand"}': 0,
      [`perennial_champion_info{model="bike-demand",version="1",digest="${one.digest}"}`]: 1,
      perennial_store_reachable: 1,
      perennial_store_away_seconds: 0,
    });
    expect(found.get('perennial_worker_last_heard_seconds')).toBeLessThan(30);
    expect(found.get('perennial_store_last_contact_seconds')).toBeLessThan(30);
  });

  it('name one champion after a change, and a pin that is refused', async () => {
    const two = await registerHandMade(server.store, constant(2));
    await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: two }), known);
    const ghost = { version: 9, digest: 'a'.repeat(64) };
    await server.call(`${MODEL}/pin`, aliasesAt(3, { champion: ghost }), known);
    const found = await samples();
    expect([...found.keys()].filter((name) => name.startsWith('perennial_champion_info'))).toEqual([
      `perennial_champion_info{model="bike-demand",version="2",digest="${two.digest}"}`,
    ]);
    expect(found.get('perennial_pin_refused{model="bike-demand"}')).toBe(1);
    expect(found.get('perennial_generation{model="bike-demand"}')).toBe(2);
  });

  it('tell for how long rows wait for the store', async () => {
    const behind = async () => (await samples()).get('perennial_log_behind_seconds{model="bike-demand"}');
    await server.call(`${MODEL}/infer`, inferBody([1]), known);
    expect(await behind()).toBeGreaterThan(0);
    await server.call(`${MODEL}/status`, undefined, known);
    expect(await behind()).toBe(0);
  });

  it('are refused without the token, or with that of metrics for anything else', async () => {
    const reader = 'a-reader-of-metrics-alone';
    await server.restart({ PERENNIAL_SERVING_TOKEN: TOKEN, PERENNIAL_METRICS_TOKEN: reader });
    const reads = { authorization: `Bearer ${reader}` };
    const status = async (path: string, headers = {}) =>
      (await fetch(server.url() + path, { headers })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', reads)).toBe(200);
    expect(await status('/metrics', known)).toBe(200);
    expect(await status(`${MODEL}/status`, reads)).toBe(401);
  });
});
