import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCli } from '../../client/cli/program.js';
import { keptIo } from '../../client/cli/test-io.js';
import { moveClock } from '../../client/demo/traffic.js';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { sha256OfFile } from '../../storage/objects/digest.js';
import { writeProgramModels } from '../support/program-models.js';

const NOW = '2026-03-01T00:00:00.000Z';
/** Sixty days of hourly rows; what is served today says 2 · x of them. */
const ROWS = `SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at, 'r' || i AS id, sin(i / 24.0) * 10 AS x,
  ['dry', 'wet', 'snow'][1 + i % 3] AS weather, sin(i / 24.0) * 20 + (i % 3) / 10 AS y FROM range(1440) t(i)`;

const folder = mkdtempSync(join(tmpdir(), 'perennial-import-'));
const model = `fares-${randomUUID().slice(0, 8)}`;
const at = (file: string): string => join(folder, file);
const spec: ModelSpecInput = {
  model,
  task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
  source: { rows: 'rows.parquet', eventTime: 'at', key: 'id', labels: { delay: '1 day' } },
  features: { x: { type: 'number' }, weather: { type: 'category' } },
  window: { kind: 'fixed', length: '40 days', validation: '5 days', holdout: '5 days' },
  // Imports train nothing: no worker here has the program.
  trainer: { kind: 'command', name: 'not-installed' },
  triggers: [{ kind: 'performance', worseBy: '10%', over: '10 days', minLabels: 100 }],
  gates: [{ kind: 'not-worse-than-champion' }],
  rollout: { approval: { from: ['ml-leads'] } },
};
let shutdown: Shutdown;
let stack: Stack;
let perennial: Perennial;

beforeAll(async () => {
  shutdown = createShutdown();
  mkdirSync(at('data'));
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: folder }, (duck) =>
    duck.run(`COPY (${ROWS}) TO '${at('data/rows.parquet')}' (FORMAT parquet)`),
  );
  writeProgramModels(folder);
  writeFileSync(at('model.json'), JSON.stringify(spec));
  stack = await startStack({
    ...{ state: folder, dataRoots: [at('data')], approvers: { 'ml-leads': ['ada'] } },
    temporal: { address: inject('temporalAddress'), namespace: inject('temporalNamespace') },
    ...{ clock: 'stepped', staged: false, taskQueue: model, shutdown, progress: () => undefined },
  });
  perennial = Perennial.open({ state: folder, by: 'ada' });
  shutdown.add(() => perennial.close());
  await moveClock({ url: stack.serving.url }, NOW);
});

afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `perennial` in this process against the stack. */
async function run(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run([...args, '--state', folder]);
  return { code, out: io.written.join('\n'), err: io.noted.join('\n') };
}

/** Waits until nothing moves; gives what the model then waits for. */
async function settle(): Promise<string> {
  for (;;) {
    const { settled, waitingFor } = await perennial.settled(model, { to: NOW });
    if (settled) return waitingFor;
    await sleep(50);
  }
}

describe('a model of another system', () => {
  it('is refused before anything is told when its inputs are not the spec’s', async () => {
    const missing = await run('import', at('missing-input.onnx'), '--spec', at('model.json'));
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toMatch(/^error: interface of the ONNX model is 'x: float64 -> prediction'/);
    expect(missing.err).toMatch(/weather: string, x: float64 or float32 -> prediction/);
    expect((await run('import', at('good.onnx'))).err).toMatch(/--model and --spec is 'neither'/);
    for (const flags of [['--no-rollout'], ['--as-of', '2026-02-01']]) {
      const passedOver = await run('import', at('good.onnx'), '--spec', at('model.json'), ...flags);
      expect(passedOver).toMatchObject({ code: 2, err: expect.stringContaining(`(${flags[0]})'; expected`) });
    }
    expect((await run('import', at('no-model.onnx'), '--spec', at('model.json'))).code).toBe(2);
    expect(await perennial.models()).toEqual([]);
  });

  it('becomes the first version in place of a training, and waits for a person', async () => {
    const why = ['--by', 'ada', '--reason', 'serves since 2024'];
    const imported = await run('import', at('good.onnx'), '--spec', at('model.json'), '--wait', ...why);
    expect(imported).toMatchObject({
      code: 0,
      out: expect.stringMatching(/candidate v1 – .*it may know the holdout/),
    });
    expect(await settle()).toBe('person');
    const { manifest } = await perennial.manifest(model, 1);
    const { sha256 } = await sha256OfFile(at('good.onnx'));
    expect(manifest.trainer).toMatchObject({ kind: 'imported', imported: { sha256, trainedTo: null } });
    expect(manifest.onnx.sha256).toBe(sha256);
    const asked = (await perennial.ledger(model)).find(({ kind }) => kind === 'retrain-requested');
    expect(asked).toMatchObject({ who: 'ada (spec-change)' });
    expect(asked?.why).toMatch(new RegExp(`^import of ${sha256.slice(0, 12)}, .*serves since 2024`));
  });

  it('serves once it is approved, byte for byte', async () => {
    expect(await perennial.approve(model, { by: 'ada' })).toMatchObject({ outcome: 'promoted', version: 1 });
    const { predictions } = await perennial.predict(model, [{ x: 3, weather: 'wet' }]);
    expect(predictions).toEqual([6]);
  });

  it('is a candidate like any other while a champion serves', async () => {
    await settle();
    const again = await run('import', at('good.onnx'), '--model', model, '--wait');
    expect(again).toMatchObject({
      code: 4,
      out: expect.stringMatching(/same-as-champion – the file is version 1/),
    });
    const dirty = await run('import', at('not-finite.onnx'), '--model', model, '--wait');
    expect(dirty).toMatchObject({
      code: 4,
      out: expect.stringMatching(/import-refused – imported model: score/),
    });
    const flags = ['--trained-to', '2026-01-15', '--no-rollout', '--wait'];
    const other = await run('import', at('single-precision.onnx'), '--model', model, ...flags);
    expect(other).toMatchObject({ code: 0, out: expect.stringMatching(/not-worse-than-champion/) });
    const { manifest } = await perennial.manifest(model, 2);
    expect(manifest.trainer.imported).toMatchObject({ trainedTo: '2026-01-15T00:00:00.000Z' });
  });

  it('brings the log of its past, once, which checks then look at', async () => {
    const head = 'prediction_id,at,id,x,weather,prediction,y';
    const rows = Array.from({ length: 480 }, (_, hour) => {
      const time = new Date(Date.parse('2026-02-01T00:00:00Z') + hour * 3_600_000).toISOString();
      return `p${hour},${time},h${hour},${hour % 10},dry,${(hour % 10) * 2},${(hour % 10) * 2 + 1}`;
    });
    writeFileSync(at('log.csv'), [head, ...rows, 'p480,yesterday,h480,1,dry,2,', ''].join('\n'));
    const flags = ['--model', model, '--served-by', '1', '--label', 'y', '--by', 'ada'];
    const refused = await run('import-predictions', at('log.csv'), ...flags);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/1 of 481 rows .*1 × at is no time \(row 481\).*--skip-refused/);
    const taken = await run('import-predictions', at('log.csv'), ...flags, '--skip-refused', '--json');
    expect(JSON.parse(taken.out)).toMatchObject({ outcome: 'taken', predictions: 480, labels: 480 });
    const again = await run('import-predictions', at('log.csv'), ...flags, '--skip-refused');
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/loaded before, nothing changed/) });
    // The same ids with other content: what is history stays, whatever is said of it later.
    const mended = rows.map((row, i) =>
      i === 3 ? row.replace(',6,7', ',60,7') : i === 4 ? row.replace(/9$/, '90') : row,
    );
    const more = 'p481,2026-02-21T01:00:00Z,h481,1,dry,2,3';
    writeFileSync(at('mended.csv'), [head, ...mended, more, ''].join('\n'));
    const other = await run('import-predictions', at('mended.csv'), ...flags);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toMatch(/1 predictions and 1 labels that contradict history'.*\(not so: p3, p4\)/);
    // A longer log that says the same of what is known already is welcome.
    writeFileSync(at('longer.csv'), [head, ...rows, more, ''].join('\n'));
    expect(await run('import-predictions', at('longer.csv'), ...flags)).toMatchObject({ code: 0 });
    const history = (await perennial.ledger(model)).filter(({ kind }) => kind === 'history-imported');
    expect(history).toMatchObject([
      { who: 'ada', version: 1, asOf: '2026-02-20T23:00:00.000Z' },
      { asOf: '2026-02-21T01:00:00.000Z' },
    ]);
    const check = await perennial.check(model, { asOf: '2026-02-25T00:00:00Z' });
    const performance = check.triggers.find(({ kind }) => kind === 'performance');
    expect(performance?.numbers['rows']).toBeGreaterThan(100);
  });
});
