import { describe, expect, it } from 'vitest';
import type { Role } from '../../domain/predictions.js';
import {
  aliasesAt,
  constant,
  failsWhenHot,
  hangsWhenHot,
  registerHandMade,
  type Body,
} from '../../serving/fixtures.js';
import { inferBody, outputOf, storedRows } from '../../serving/test-server.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { keepCalling, servingBench, type ServingBench, type ServingProcess } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';

async function withShadow(
  challenger: Body,
): Promise<{ bench: ServingBench; server: ServingProcess; status: () => Promise<Record<string, unknown>> }> {
  const bench = servingBench();
  const champion = await registerHandMade(bench.store, constant(1));
  const shadow = await registerHandMade(bench.store, challenger);
  await createRegistry(bench.store).setAliases(aliasesAt(1, { champion, challenger: shadow }));
  const server = await bench.start();
  return { bench, server, status: async () => (await server.call(`${MODEL}/status`)).body };
}

/** Rows of one role, as `prediction id: prediction`. */
async function logOf(bench: ServingBench, role: Role): Promise<Map<string, unknown>> {
  const rows = (await storedRows(bench.store)).filter((row) => row.role === role);
  return new Map(rows.map((row) => [row.prediction_id, row.prediction]));
}

describe('a challenger in shadow', () => {
  it('scores every request that the champion answers, under the same id, unseen', async () => {
    const { bench, server, status } = await withShadow(constant(2));
    for (let i = 0; i < 20; i++) {
      const answer = await server.call(`${MODEL}/infer`, inferBody([i, i]));
      expect(outputOf(answer, 'prediction')).toEqual([1, 1]);
    }
    expect(await status()).toMatchObject({
      champion: 1,
      shadow: 2,
      shadowDropped: 0,
      shadowBreaker: 'closed',
    });
    const champion = await logOf(bench, 'champion');
    const shadow = await logOf(bench, 'shadow');
    expect(champion.size).toBe(40);
    expect([...shadow.keys()].sort()).toEqual([...champion.keys()].sort());
    expect(new Set(shadow.values())).toEqual(new Set([2]));
  });

  it('becomes champion with its predecessor as reverse shadow, and back', async () => {
    const { bench, server, status } = await withShadow(constant(2));
    const registry = createRegistry(bench.store);
    const [one, two] = await registry.listVersions('bike-demand');
    if (one === undefined || two === undefined) throw new Error('versions were not registered');
    await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: two, previous: one, baking: true }));
    expect(outputOf(await server.call(`${MODEL}/infer`, inferBody([5])), 'prediction')).toEqual([2]);
    expect(await status()).toMatchObject({ champion: 2, shadow: null, reverseShadow: 1 });
    expect([...(await logOf(bench, 'reverse-shadow')).values()]).toEqual([1]);
    await server.call(`${MODEL}/pin`, aliasesAt(3, { champion: one }));
    expect(outputOf(await server.call(`${MODEL}/infer`, inferBody([5])), 'prediction')).toEqual([1]);
    expect(await status()).toMatchObject({ champion: 1, shadow: null, reverseShadow: null });
  });

  it('that fails costs the champion nothing: its rows are dropped and counted, and then it is left alone', async () => {
    const { bench, server, status } = await withShadow(failsWhenHot);
    for (let i = 0; i < 6; i++) {
      const answer = await server.call(`${MODEL}/infer`, inferBody([1000]));
      expect(outputOf(answer, 'prediction')).toEqual([1]);
      await status();
    }
    expect(await status()).toMatchObject({ shadowDropped: 6, shadowBreaker: 'open', lost: 0 });
    expect((await logOf(bench, 'champion')).size).toBe(6);
    expect((await logOf(bench, 'shadow')).size).toBe(0);
  });

  it('that hangs in native code costs the champion nothing, is killed, and scores again afterwards', async () => {
    const { bench, server, status } = await withShadow(hangsWhenHot);
    await server.call(`${MODEL}/infer`, inferBody([1000]));
    const stop = keepCalling(4, async () => {
      const answer = await server.call(`${MODEL}/infer`, inferBody([1]));
      expect([answer.status, outputOf(answer, 'prediction')]).toEqual([200, [1]]);
    });
    const dropped = async (): Promise<number> => Number((await status())['shadowDropped']);
    await expect.poll(dropped, { timeout: 60_000 }).toBeGreaterThan(0);
    const calls = await stop();
    await server.call(`${MODEL}/infer`, inferBody([2]));
    expect(await status()).toMatchObject({ lost: 0, shadowBreaker: 'closed' });
    const shadow = await logOf(bench, 'shadow');
    expect((await logOf(bench, 'champion')).size).toBe(calls + 2);
    expect(shadow.size + (await dropped())).toBe(calls + 2);
    expect([...shadow.values()]).toContain(2);
  });
});
