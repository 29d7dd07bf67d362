import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createShutdown, type Shutdown } from '../../client/processes/shutdown.js';
import { startStack, type Stack } from '../../client/processes/stack.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { readSpecFile } from '../../client/spec-file.js';
import { noCandidateSchema } from '../../domain/reports.js';
import type { LedgerLine } from '../../domain/ledger.js';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import type { ModelSpec, ModelSpecInput } from '../../domain/spec/spec.js';
import { writeReadings } from '../../examples/pump-states/generate.js';
import { replay, type ReplayOptions } from '../../tools/replay/replay.js';
import { sharedServer, uniqueName } from '../support/temporal.js';

// Every example from `apply` to a promoted version and one further retrain, one after the other on one stack: its clock never goes back,
// so they come in the order of their years. The specs are those of examples/, with less training.
const state = mkdtempSync(join(tmpdir(), 'perennial-examples-'));
const to = join(state, 'data');
let shutdown: Shutdown;
let stack: Stack;
let perennial: Perennial;

beforeAll(async () => {
  shutdown = createShutdown();
  const { address, namespace } = sharedServer();
  stack = await startStack({
    ...{ state, dataRoots: [to], approvers: { 'ml-leads': ['ada'] }, clock: 'stepped', staged: false },
    ...{ temporal: { address, namespace }, taskQueue: uniqueName('examples'), shutdown },
    progress: () => undefined,
  });
  perennial = Perennial.open({ state, by: 'ada' });
  shutdown.add(() => perennial.close());
});

afterAll(async () => {
  await shutdown.run();
  shutdown.release();
  rmSync(state, { recursive: true, force: true });
});

/** How long one example may take on the slowest machine. */
const LONG = 900_000;
/** A retrain ends with a version, or with the name of what held it back. */
const NAMED = new RegExp(`^(v2 every gate passed|vnull (${noCandidateSchema.options.join('|')}): .+)$`);

/** A spec of a file under another name, with changes. */
async function example(file: string, change: Partial<ModelSpecInput>): Promise<ModelSpec> {
  const spec = await readSpecFile(file);
  return parseSpec({ ...spec, model: uniqueName(spec.model), ...change });
}

type Story = Pick<ReplayOptions, 'spec' | 'from' | 'historyUntil' | 'until'> & {
  /** Asks for a retrain after the first step; else the triggers must. */
  readonly ask: boolean;
};

/** Lives on until a second retrain has ended and, when it gave a candidate, that has been promoted. */
function live({ ask, ...story }: Story): Promise<LedgerLine[]> {
  return replay({
    ...story,
    ...{ to, perennial, servingUrl: stack.serving.url, approver: 'ada', signal: shutdown.signal },
    requestsPerStep: 150,
    enough: async (ledger, step) => {
      if (ask && step === 2) await perennial.retrain(story.spec.model, { reason: 'a second version' });
      const second = ledger.filter(({ kind }) => kind === 'retrain-ended')[1];
      return (
        second !== undefined && (second.version === null || ledger.some(({ kind }) => kind === 'promoted'))
      );
    },
  });
}

const told = (ledger: readonly LedgerLine[], kind: LedgerLine['kind']) =>
  ledger.filter((line) => line.kind === kind).map(({ version, why }) => `v${version} ${why}`);

/** Public data that is not in this repository: the folder of elec2.csv. */
const bench = process.env['PERENNIAL_BENCH_DATA'];

describe('the examples, by their specs alone', () => {
  it.skipIf(bench === undefined)(
    'elec2, from a folder outside: not surely better than the last known label, and held back for it',
    async () => {
      const page = readFileSync('docs/examples.md', 'utf8');
      const text = /```yaml\n(model: elec2[^]*?)```/.exec(page)?.[1] ?? '';
      const spec = parseSpec({ ...parse(text), model: uniqueName('elec2') });
      mkdirSync(to, { recursive: true });
      copyFileSync(join(bench ?? '', spec.source.rows), join(to, spec.source.rows));
      await perennial.apply(spec);
      await expect
        .poll(async () => told(await perennial.ledger(spec.model), 'retrain-ended')[0], { timeout: LONG })
        .toMatch(/^vnull inconclusive: better-than-naive: /);
    },
    LONG,
  );

  it(
    'hotel-booking: labels come twice a month from files of their own',
    async () => {
      const file = 'examples/hotel-booking/model.yaml';
      const { trainer } = await readSpecFile(file);
      const spec = await example(file, {
        trainer: { ...trainer, kind: 'trees', numIterations: 40, learningRate: 0.1 },
        triggers: [],
      });
      const ledger = await live({
        ...{ spec, from: 'examples', ask: true },
        ...{ historyUntil: '2016-11-01T00:00:00.000Z', until: '2017-04-01T00:00:00.000Z' },
      });
      expect(told(ledger, 'first')).toHaveLength(1);
      expect(told(ledger, 'promoted')).toHaveLength(1);
      const { snapshot } = (await perennial.manifest(spec.model, 2)).manifest;
      expect(snapshot.labels).toMatchObject({ unlabelled: 0, conflicting: 0, withoutRow: 0, withoutKey: 0 });
      // The files of the newest half-month had come, with labels of bookings that are younger than the delay.
      expect(snapshot.labels?.keys).toBeGreaterThan(20_000);
    },
    LONG,
  );

  it(
    'car-loan: one abrupt change',
    async () => {
      const file = 'examples/car-loan/model.yaml';
      const { trainer } = await readSpecFile(file);
      const spec = await example(file, {
        window: { kind: 'fixed', length: '120 days', validation: '5 days', holdout: '10 days' },
        trainer: { ...trainer, kind: 'trees', numIterations: 30, learningRate: 0.3 },
        triggers: [],
      });
      const ledger = await live({
        ...{ spec, from: 'examples', ask: true },
        ...{ historyUntil: '2019-03-01T00:00:00.000Z', until: '2019-08-15T00:00:00.000Z' },
      });
      expect(told(ledger, 'first')).toHaveLength(1);
      expect(told(ledger, 'retrain-ended')[1]).toMatch(NAMED);
    },
    LONG,
  );

  it(
    'pump-states: four classes; new bearings set off the alert and then the retrain',
    async () => {
      const from = join(state, 'made');
      writeReadings(from, 150);
      const file = 'examples/pump-states/model.yaml';
      const { trainer } = await readSpecFile(file);
      const spec = await example(file, {
        window: { kind: 'fixed', length: '40 days', validation: '5 days', holdout: '10 days' },
        trainer: { ...trainer, kind: 'softmax', epochs: 12 },
      });
      const ledger = await live({
        ...{ spec, from, ask: false },
        ...{ historyUntil: '2025-04-08T00:00:00.000Z', until: '2025-05-30T00:00:00.000Z' },
      });
      expect(told(ledger, 'first')).toHaveLength(1);
      expect(told(ledger, 'check').join('\n')).toMatch(
        /data-drift fired: 2 of 6 features drifted \(pitch, vibration\)/,
      );
      expect(told(ledger, 'retrain-requested')[1]).toMatch(/performance/);
      expect(told(ledger, 'retrain-ended')[1]).toMatch(NAMED);
    },
    LONG,
  );
});
