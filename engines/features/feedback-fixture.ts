import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectKey } from '../../domain/names.js';
import type { OutcomeRow, PredictionRow } from '../../domain/predictions.js';
import type { ModelSpecInput } from '../../domain/spec/spec.js';
import { AS_OF, makeFixture, makeSpec } from './feature-fixture.js';
import { createFeatureEngine } from './feature-engine.js';
import type { FeedbackReader } from './feedback-reader.js';
import { hour, LABELLESS_ROWS } from './label-fixture.js';
import { hashFile } from './source-staging.js';

/** A prediction of the row of an hour, under the id `p<n>`. */
export const predicted = (n: number, change: Partial<PredictionRow> = {}): PredictionRow => ({
  prediction_id: `p${n}`,
  model: 'hourly',
  version: 1,
  role: 'champion',
  key: `c${n}`,
  event_time: hour(n),
  received_at: hour(n),
  ahead_of_clock: false,
  prediction: n + 0.5,
  scores: null,
  inputs: {},
  ...change,
});

/** A label that arrived at an hour (default: a day later) for the prediction `p<n>`. */
export const fed = (n: number, label: OutcomeRow['label'], change: Partial<OutcomeRow> = {}): OutcomeRow => ({
  prediction_id: `p${n}`,
  key: '',
  label,
  event_time: hour(n),
  arrived_at: hour(n + 24),
  source: 'feedback',
  ...change,
});

/** The same by the row's key. */
export const fedByKey = (n: number, label: OutcomeRow['label'], at = n + 24): OutcomeRow =>
  fed(n, label, { prediction_id: null, key: `c${n}`, arrived_at: hour(at) });

/** The usual spec with labels by feedback. */
export function feedbackSpec(change: Partial<ModelSpecInput> = {}, join?: 'key' | 'prediction-id') {
  return makeSpec({
    source: {
      rows: 'rows.csv',
      eventTime: 't',
      key: 'id',
      labels: { delay: '1 day', from: 'feedback', ...(join !== undefined && { join }) },
    },
    ...change,
  });
}

/** A data root, logs of predictions and feedback, and machines that share what is kept. */
export async function feedbackFixture(rows = LABELLESS_ROWS) {
  const fixture = await makeFixture();
  await fixture.write('rows.csv', rows);
  const { folder, root } = fixture;
  const logs: Record<'outcomes' | 'predictions', string[]> = { outcomes: [], predictions: [] };
  const kept = join(folder, 'kept');
  await mkdir(kept);
  const reader: FeedbackReader = {
    outcomes: () => Promise.resolve(logs.outcomes),
    predictions: () => Promise.resolve(logs.predictions),
    keep: async (path) => {
      const { sha256, bytes } = await hashFile(path);
      await copyFile(path, join(kept, sha256));
      return { key: objectKey.blob(sha256), sha256, bytes };
    },
    stage: ({ sha256 }) => Promise.resolve(join(kept, sha256)),
  };
  const write = async (log: keyof typeof logs, segments: readonly (readonly object[])[]): Promise<void> => {
    const paths = segments.map((_, i) => join(folder, `${log}-${i}.ndjson`));
    for (const [i, path] of paths.entries())
      await writeFile(path, (segments[i] ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));
    logs[log] = paths;
  };
  const machine = (name: string) =>
    createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, name), feedback: reader });
  const engine = machine('staging');
  const run = async (spec = feedbackSpec(), asOf = AS_OF) => {
    const source = await engine.freezeSource({ spec, asOf, keep: true });
    const plan = engine.planWindow({ spec, asOf });
    const contract = await engine.checkContract({ spec, source, plan, firstVersion: true });
    const train = async (by = engine) => {
      const out = join(folder, `snapshot-${Math.random()}.parquet`);
      const taken = await by.takeSnapshot({ spec, source, plan, out });
      const blocks = await by.loadBlocks({ spec, snapshotPath: taken.path });
      const labelled = Object.values(blocks).flatMap(({ keys, label }) =>
        keys.map((key, row) => [key, label[row]] as const),
      );
      return { ...taken, label: new Map(labelled) };
    };
    return { source, plan, contract, train };
  };
  return { ...fixture, engine, machine, reader, write, run, logs };
}
