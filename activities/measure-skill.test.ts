import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PerennialError } from '../domain/errors.js';
import type { Manifest } from '../domain/manifest.js';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { specSchema, type ModelSpecInput } from '../domain/spec/spec.js';
import type { JudgedTable } from '../engines/features/join-outcomes.js';
import { openPlugins, type Plugins } from '../engines/plugins/index.js';
import { judgePerformance } from '../policy/triggers.js';
import { sampleManifest, scratchFolder } from '../storage/fixtures.js';
import { createExtractActivities } from './extract.js';
import type { CheckInput } from './measure-estimate.js';
import { measureSkill } from './measure-skill.js';
import { askTrigger } from './plugin-triggers.js';
import { requirePlugins } from './require-plugins.js';
import { namedTrainingFailure } from './training-failure.js';

const MODULE = `
const picky = { parse: (given) => { if (given.above === undefined) throw new Error('above is missing'); return given; } };
const mean = ({ labels, predictions }) => labels.reduce((sum, y, i) => sum + Math.abs(y - predictions[i]), 0) / labels.length;
export default {
  name: 'ours', version: '1',
  metrics: { off: { direction: 'lower', value: mean }, hang: { direction: 'lower', timeout: '1 hour', value() { for (;;); } } },
  triggers: { hang: { options: picky, timeout: '10 minutes', check() { for (;;); } } },
};`;

const folder = scratchFolder();
let plugins: Plugins;
beforeAll(async () => {
  const file = join(folder.path, 'ours.mjs');
  writeFileSync(file, MODULE);
  plugins = await openPlugins([file]);
});
afterAll(() => folder.remove());

const ROWS = 30;
const judged: JudgedTable = {
  ...{ rows: ROWS, unlabelled: 0, knownAt: new Float64Array(ROWS) },
  predictionIds: Array.from({ length: ROWS }, (_, i) => `p${i}`),
  keys: Array.from({ length: ROWS }, (_, i) => `k${i}`),
  eventTimes: Float64Array.from({ length: ROWS }, (_, i) => i * 3_600_000),
  versions: new Float64Array(ROWS).fill(2),
  roles: Array.from({ length: ROWS }, () => 'champion' as const),
  predictions: Float64Array.from({ length: ROWS }, (_, i) => i + 1),
  scores: Array.from({ length: ROWS }, () => null),
  labels: Float64Array.from({ length: ROWS }, (_, i) => i),
  naive: Array.from({ length: ROWS }, (_, i) => i + 4),
};

const performance = { kind: 'performance', worseBy: '20%', over: '7 days', minLabels: 24 } as const;
const hanging = { kind: 'plugin', name: 'ours/hang', options: { above: 1 } } as const;

const specOf = (metric: string, triggers: ModelSpecInput['triggers'] = [performance]) =>
  specSchema.parse({ ...sampleSpec(), task: { ...sampleSpec().task, metric }, triggers });

/** A check by `metric` of a champion that another one, or other code, may have judged. */
function checkOf(metric: string, evaluation: Partial<Manifest['evaluation']>, left?: number): CheckInput {
  const spec = specOf(metric, [performance, hanging]);
  const manifest = { ...sampleManifest(1), classes: null };
  return {
    ports: { plugins, features: { joinOutcomes: () => Promise.resolve(judged) } },
    ...{ measures: {}, source: {}, predictionFiles: [], outcomeFiles: [], champion: 2, spec },
    ...{
      asOf: '2026-11-21T00:00:00.000Z',
      manifest: { ...manifest, evaluation: { ...manifest.evaluation, ...evaluation } },
    },
    work: left === undefined ? {} : { until: Date.now() + left },
  } as never; // the parts of a check that skill and triggers look at
}

async function skillOf(check: CheckInput) {
  const [trigger] = check.spec.triggers;
  if (trigger?.kind !== 'performance') throw new Error('no trigger');
  return judgePerformance(trigger, await measureSkill(check, trigger));
}

const refOf = (own: string) => ({ name: `ours/${own}`, version: '1', sha256: plugins.list[0]?.sha256 ?? '' });

describe('a check by a metric', () => {
  it('names the code of a plug-in in its verdict', async () => {
    const measuredBy = refOf('off');
    const verdict = await skillOf(checkOf('plugin:ours/off', { metric: 'plugin:ours/off', measuredBy }));
    expect(verdict).toMatchObject({ outcome: 'quiet', plugin: measuredBy, numbers: { ratio: 0.25 } });
  });

  it.each([
    ['plugin:ours/off', 'mae'],
    ['plugin:ours/off', 'plugin:ours/hang'],
    ['rmse', 'mae'],
    ['mae', 'plugin:ours/off'],
  ])('%s compares with no release that was judged by %s', async (metric, then) => {
    const own = then.split('/')[1];
    const judgedBy = { metric: then, ...(own !== undefined && { measuredBy: refOf(own) }) };
    const { outcome, because, numbers } = await skillOf(checkOf(metric, judgedBy));
    expect({ outcome, because }).toEqual({
      outcome: 'no-baseline',
      because: `judged by ${then} at release, and the spec says ${metric}; a retrain measures it anew`,
    });
    expect(numbers).toEqual({ rows: ROWS, minLabels: 24 });
  });

  it('compares with no release that other code judged', async () => {
    const measuredBy = { ...refOf('off'), sha256: 'b'.repeat(64) };
    const verdict = await skillOf(checkOf('plugin:ours/off', { metric: 'plugin:ours/off', measuredBy }));
    expect(verdict).toMatchObject({
      outcome: 'no-baseline',
      because: expect.stringContaining('bbbbbbbbbbbb'),
    });
  });
});

describe('a plug-in that hangs in a check', () => {
  const hung = 'plugin:ours/hang';

  it('is ended when the time of the check is, whatever its own; the rest is judged', async () => {
    const check = checkOf(hung, { metric: hung, measuredBy: refOf('hang') }, 300);
    const ended = { outcome: 'no-baseline', because: expect.stringContaining("'ours/hang'") };
    expect(await skillOf(check)).toMatchObject(ended);
    const trigger = check.spec.triggers[1];
    if (trigger?.kind !== 'plugin') throw new Error('no trigger');
    expect(await askTrigger(check, { trigger, index: 1 }, { drift: [], newRows: 0 })).toMatchObject({
      ...{ outcome: 'inconclusive', plugin: refOf('hang') },
      because: expect.stringMatching(/^time of 'ours\/hang' is 'none'; expected up to 10 minutes/),
    });
  });
});

describe('a retrain', () => {
  it('that names what a worker lacks, or options that a plug-in does not take, is refused before anything is read', async () => {
    const typo = specOf('mae', [{ ...hanging, options: { abov: 1 } }]);
    await expect(requirePlugins({ plugins }, typo, { imports: false })).rejects.toMatchObject({
      ...{
        type: 'plugin-failed',
        message: expect.stringMatching(/^options of 'ours\/hang'; .*above is missing/),
      },
    });
    const read = () => Promise.reject(new Error('it was read'));
    const registry = { getSpec: () => Promise.resolve(typo) };
    const ports = { plugins, registry, features: { until: () => ({ freezeSource: read }) } } as never;
    const scope = { model: 'bike-demand', specDigest: 'd', asOf: '2026-11-21T00:00:00.000Z', runKey: 'r' };
    await expect(
      new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
        createExtractActivities(ports).freezeSource,
        scope,
      ),
    ).rejects.toMatchObject({ type: 'plugin-failed' });
    const absent = specOf('plugin:theirs/cost');
    await expect(requirePlugins({ plugins }, absent, { imports: true })).rejects.toMatchObject({
      ...{ type: 'plugin-failed', message: expect.stringMatching(/^task\.metric is 'theirs\/cost'/) },
    });
    const good = await requirePlugins({ plugins }, specOf('mae', [hanging]), { imports: false });
    expect(good).toEqual({ plugins: [{ plugin: 'ours', sha256: refOf('hang').sha256 }] });
  });

  it('ends as plug-in failed where its trainer could not be asked, and as training failed where it was', () => {
    const about = { thing: 'it', allowed: 'better', next: 'Mend it.' };
    const named = [
      'plugin-changed',
      'unknown-plugin',
      'plugin-options',
      'timeout-too-long',
      'plugin-failed',
    ].map((type) => namedTrainingFailure(new PerennialError({ ...about, type })));
    const failed = { type: 'plugin-failed' };
    expect(named).toMatchObject([failed, failed, failed, failed, { type: 'training-failed' }]);
  });
});
