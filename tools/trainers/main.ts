import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createShutdown } from '../../client/processes/shutdown.js';
import { startStack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { projectRoot } from '../../client/servers/project-root.js';
import { readSpecFile } from '../../client/spec-file.js';
import type { Manifest } from '../../domain/manifest.js';
import type { ModelSpec } from '../../domain/spec/spec.js';

// The errors of `mlp`, `trees`, scikit-learn and LightGBM on the bikes, each by its own model on a real server: every trainer gets the same
// snapshots and is judged on the same holdouts. `PERENNIAL_PYTHON=… node --import tsx tools/trainers/main.ts`

const AS_OFS = ['2012-02-01', '2012-04-01', '2012-06-01', '2012-08-01', '2012-10-01', '2012-12-01'];
const PROGRAMS = ['scikit-learn', 'lightgbm'];

const python = process.env['PERENNIAL_PYTHON'] ?? '';
if (python === '')
  throw new Error('PERENNIAL_PYTHON is absent; expected a Python with the example trainers’ requirements');
const state = mkdtempSync(join(tmpdir(), 'perennial-trainers-'));
const examples = join(projectRoot(), 'examples');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The demo's features with the hour as a category, and with the hour as a number; each with every trainer. */
async function specs(): Promise<ModelSpec[]> {
  const category = await readSpecFile(join(examples, 'bike-demand', 'model.ts'));
  const number = await readSpecFile(join(examples, 'bike-demand', 'model-trees.ts'));
  const programs = PROGRAMS.map((name) => ({ kind: 'command' as const, name, params: {}, seed: 7 }));
  const trainers = [category.trainer, number.trainer, ...programs];
  return [category, number].flatMap((spec, index) =>
    trainers.map((trainer) => {
      const name = trainer.kind === 'command' ? trainer.name : trainer.kind;
      const model = `${name}-hour-as-${index === 0 ? 'category' : 'number'}`;
      const source = { ...spec.source, rows: 'bike-sharing/bike-sharing.parquet' };
      return { ...spec, model, source, trainer, triggers: [] };
    }),
  );
}

/** Manifests of a model's versions, one for each as-of. */
async function measure(perennial: Perennial, spec: ModelSpec): Promise<Manifest[]> {
  const { model } = spec;
  await perennial.apply(spec);
  while ((await perennial.state(model)).openRetrain !== null || (await perennial.ledger(model)).length < 3)
    await sleep(100);
  const manifests: Manifest[] = [];
  for (const asOf of AS_OFS) {
    const reason = 'to compare trainers';
    const result = await perennial.retrain(model, {
      asOf: `${asOf}T00:00:00Z`,
      rollout: false,
      wait: true,
      reason,
    });
    const version = 'report' in result ? result.report?.version?.version : undefined;
    if (version === undefined) throw new Error(`${model} as of ${asOf}: ${JSON.stringify(result)}`);
    const { manifest } = await perennial.manifest(model, version);
    say(
      `  ${asOf}  ${Number(manifest.evaluation.candidate['mae']).toFixed(2)}  snapshot ${manifest.snapshot.rows.slice(0, 12)}`,
    );
    manifests.push(manifest);
  }
  return manifests;
}

const mae = (of: Readonly<Record<string, unknown>>): number => Number(of['mae']);
const mean = (values: readonly number[]): string =>
  (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1);

function row(name: string, errors: readonly number[]): string {
  return `| ${[name, ...errors.map((error) => error.toFixed(1)), mean(errors)].join(' | ')} |`;
}

const shutdown = createShutdown();
try {
  const commands = Object.fromEntries(
    PROGRAMS.map((name) => {
      const script = join(examples, 'trainers', name, 'train.py');
      return [name, { command: python, args: [script], versionArgs: [script, '--version'] }];
    }),
  );
  await startStack({
    ...{ state, dataRoots: [examples], approvers: { 'ml-leads': ['ada'] }, clock: 'wall', staged: false },
    ...{ commands: JSON.stringify(commands), progress: say, shutdown },
  });
  const perennial = Perennial.open({ state, by: 'ada' });
  shutdown.add(() => perennial.close());
  const rows: string[] = [];
  const digests = new Map<string, Set<string>>();
  for (const spec of await specs()) {
    say(spec.model);
    const manifests = await measure(perennial, spec);
    const naive = row(
      'naive: the same hour a week before',
      manifests.map(({ evaluation }) => mae(evaluation.naive)),
    );
    if (!rows.includes(naive)) rows.push(naive);
    rows.push(
      row(
        spec.model,
        manifests.map(({ evaluation }) => mae(evaluation.candidate)),
      ),
    );
    const kind = spec.model.replace(/^.*-hour/, 'hour');
    for (const { snapshot } of manifests) {
      const key = `${kind} ${snapshot.asOf}`;
      digests.set(key, (digests.get(key) ?? new Set()).add(snapshot.rows));
    }
  }
  const different = [...digests].filter(([, found]) => found.size !== 1).map(([key]) => key);
  if (different.length > 0) throw new Error(`not the same snapshot: ${different.join(', ')}`);
  say(`\n| trainer | ${AS_OFS.join(' | ')} | mean |\n|---|${'---|'.repeat(AS_OFS.length + 1)}`);
  for (const line of rows) say(line);
} finally {
  await shutdown.run();
  shutdown.release();
  rmSync(state, { recursive: true, force: true });
}
