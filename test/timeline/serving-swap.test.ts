import { describe, expect, it } from 'vitest';
import { aliasesAt, constant, registerHandMade } from '../../serving/fixtures.js';
import { inferBody, outputOf, storedRows } from '../../serving/test-server.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { keepCalling, servingBench } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';
const SWAPS = process.env['PERENNIAL_SOAK'] === '1' ? 2000 : 100;

describe('a champion change under load', () => {
  it(`drops no request and mixes no answer, ${SWAPS} times`, async () => {
    const bench = servingBench();
    const refs = [
      await registerHandMade(bench.store, constant(1)),
      await registerHandMade(bench.store, constant(2)),
      await registerHandMade(bench.store, constant(3)),
    ] as const;
    const championOf = (generation: number) => refs[(generation % 3) as 0 | 1 | 2];
    await createRegistry(bench.store).setAliases(aliasesAt(1, { champion: championOf(1) }));
    const server = await bench.start();

    const answeredBy = new Map<string, number>();
    const ids: unknown[] = [];
    const mixed: string[] = [];
    const stop = keepCalling(16, async () => {
      const answer = await server.call(`${MODEL}/infer`, inferBody([1, 2]));
      const version = String(answer.body['model_version']);
      answeredBy.set(version, (answeredBy.get(version) ?? 0) + 1);
      ids.push(...outputOf(answer, 'prediction_id'));
      // Every version predicts its own number: an answer that names another version betrays itself.
      const predictions = outputOf(answer, 'prediction').join();
      if (answer.status !== 200 || predictions !== `${version},${version}`)
        mixed.push(JSON.stringify(answer));
    });
    for (let generation = 2; generation <= SWAPS + 1; generation++) {
      const { status, body } = await server.call(
        `${MODEL}/pin`,
        aliasesAt(generation, { champion: championOf(generation) }),
      );
      expect([status, body['champion']]).toEqual([200, championOf(generation).version]);
    }
    const calls = await stop();

    expect(mixed).toEqual([]);
    expect([...answeredBy.keys()].sort()).toEqual(['1', '2', '3']);
    expect((await server.call(`${MODEL}/status`)).body).toMatchObject({ generation: SWAPS + 1, lost: 0 });
    const rows = await storedRows(bench.store);
    expect(rows).toHaveLength(2 * calls);
    expect(rows.filter((row) => row.prediction !== row.version)).toEqual([]);
    expect(rows.map((row) => row.prediction_id).sort()).toEqual(ids.sort());
  });
});
