import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { createControlActivities } from '../../activities/control.js';
import type { RetrainActivities } from '../../activities/retrain-activities.js';
import type { ServingDoor } from '../../activities/serving-door.js';
import { createTemporalDoor } from '../../activities/temporal-door.js';
import type {
  BakeEnded,
  CheckMeasured,
  ShadowEnded,
  WatchActivities,
} from '../../activities/watch-activities.js';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import { computeQueue, lifecycleId } from '../../domain/names.js';
import type { ArtifactRef } from '../../domain/references.js';
import { specSchema, type ModelSpecInput } from '../../domain/spec/spec.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { createRegistry, type Registry } from '../../storage/registry/registry.js';
import { NamedFailures } from '../../worker/named-failures.js';
import { sharedServer, testClient, testNativeConnection, uniqueName } from './temporal.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const payloadConverterPath = path('../../workflows/payload-converter.ts');
let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows' bundle, made once per test process. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({ workflowsPath: path('../../workflows/index.ts'), payloadConverterPath });
  return bundle;
}

/** A spec that needs no data: the steps of its retrains are scripted. */
export function scriptedSpec(model: string, changes: Partial<ModelSpecInput> = {}): ModelSpecInput {
  return {
    model,
    task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
    source: { rows: 'rows.csv', eventTime: 'at' },
    features: { x: { type: 'number' } },
    window: { kind: 'fixed', length: '30 days', validation: '2 days', holdout: '2 days' },
    trainer: { kind: 'linear' },
    gates: [{ kind: 'not-worse-than-champion' }],
    rollout: { approval: { from: ['ml-leads'] } },
    ...changes,
  };
}

/** A wait that the test ends, before or after it begins. */
export class Gate<T> {
  private readonly values: T[] = [];
  private readonly waiters: ((value: T) => void)[] = [];

  open(value: T): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.values.push(value);
    else waiter(value);
  }

  wait(): Promise<T> {
    const value = this.values.shift();
    return value === undefined
      ? new Promise((resolve) => this.waiters.push(resolve))
      : Promise.resolve(value);
  }
}

/** What the scripted steps of the next retrains answer; a test changes it between retrains. */
export interface Script {
  /** Names the candidate: equal seeds give equal digests. */
  seed: number;
  /** Upper bound of the loss difference against the champion: above 0.01 fails the gate. */
  upper: number;
  violations: string[];
  /** While set, training waits for it. */
  holdTraining: Gate<true> | undefined;
  trainings: number;
}

/** A model whose data steps are scripted and whose workflows, control activities, store and Temporal server are real. */
export interface ScriptedModel {
  readonly model: string;
  readonly client: Client;
  readonly registry: Registry;
  readonly script: Script;
  readonly shadow: Gate<ShadowEnded>;
  readonly bake: Gate<BakeEnded>;
  /** Serving's clock. */
  clock: string;
  readonly approvers: string[];
  update<T>(name: string, argument: unknown, workflowId?: string): Promise<T>;
  state(): Promise<LifecycleState>;
  /** Waits until the lifecycle's state is as asked. */
  until(what: string, holds: (state: LifecycleState) => boolean): Promise<LifecycleState>;
  apply(changes?: Partial<ModelSpecInput>): Promise<unknown>;
  restartWorker(): Promise<void>;
}

/** Starts a scripted model with its own queue, store and worker; everything ends with the test. */
export async function startScriptedModel({ historyLimit = 2000 } = {}): Promise<ScriptedModel> {
  const model = uniqueName('m');
  const folder = mkdtempSync(join(tmpdir(), 'perennial-scripted-'));
  const client = await testClient({ dataConverter: { payloadConverterPath } });
  const connection = await testNativeConnection();
  const store = createLocalStore({ root: folder });
  const registry = createRegistry(store);
  const script: Script = { seed: 1, upper: -0.1, violations: [], holdTraining: undefined, trainings: 0 };
  const scripted = {
    clock: '2011-04-01T00:00:00.000Z',
    shadow: new Gate<ShadowEnded>(),
    bake: new Gate<BakeEnded>(),
  };
  const serving: ServingDoor = {
    status: () => Promise.resolve([]),
    pin: () => Promise.resolve([{ url: 'http://replica', clock: scripted.clock }]),
  };
  const taskQueue = uniqueName('queue');
  const temporal = createTemporalDoor(client, taskQueue);
  const approvers = ['ada', 'grace'];
  const control = createControlActivities({
    store,
    registry,
    serving,
    temporal,
    approvers: { 'ml-leads': approvers },
    stepped: true,
  });
  const compute = { ...scriptedRetrain(script, registry), ...scriptedWatch(scripted) };
  const shared = { connection, namespace: sharedServer().namespace, dataConverter: { payloadConverterPath } };
  const interceptors = { activity: [() => ({ inbound: new NamedFailures() })] };
  const start = async (): Promise<() => Promise<void>> => {
    const workers = await Promise.all([
      Worker.create({
        ...shared,
        interceptors,
        taskQueue,
        workflowBundle: await workflowBundle(),
        activities: { ...control, ...scriptedWatch(scripted) },
      }),
      Worker.create({ ...shared, interceptors, taskQueue: computeQueue(taskQueue), activities: compute }),
    ]);
    const running = workers.map((worker) => worker.run());
    return async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
    };
  };
  let stop = await start();
  const handle = await client.workflow.start('lifecycle', {
    taskQueue,
    workflowId: lifecycleId(model),
    args: [{ model, historyLimit }],
  });
  onTestFinished(async () => {
    for await (const open of client.workflow.list({
      query: `MlModel = '${model}' AND ExecutionStatus = 'Running'`,
    })) {
      await client.workflow
        .getHandle(open.workflowId)
        .terminate('test ended')
        .catch(() => undefined);
    }
    await client.workflow
      .getHandle(handle.workflowId)
      .terminate('test ended')
      .catch(() => undefined);
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const state = (): Promise<LifecycleState> =>
    client.workflow.getHandle(lifecycleId(model)).query<LifecycleState>('state');
  const update = async <T>(name: string, argument: unknown, workflowId = lifecycleId(model)): Promise<T> =>
    client.workflow.getHandle(workflowId).executeUpdate<T, [unknown]>(name, { args: [argument] });
  return Object.assign(scripted, {
    model,
    client,
    registry,
    script,
    approvers,
    update,
    state,
    until: (what: string, holds: (state: LifecycleState) => boolean) => waitUntil(what, state, holds),
    apply: async (changes: Partial<ModelSpecInput> = {}) => {
      const { digest } = await registry.putSpec(specSchema.parse(scriptedSpec(model, changes)));
      return update('apply', { specDigest: digest, by: 'ada' });
    },
    restartWorker: async () => {
      await stop();
      stop = await start();
    },
  });
}

/** Polls until `holds`; fails with the last value when it never does. */
export async function waitUntil<T>(
  what: string,
  read: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: never came true; last: ${JSON.stringify(value)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const digestOf = (text: string): string => text.padEnd(64, '0').slice(0, 64);
const fakeRef = (hex: string): ArtifactRef => ({ key: `blobs/${hex}`, sha256: digestOf(hex), bytes: 10 });

function scriptedRetrain(script: Script, registry: Registry): RetrainActivities {
  const block = { from: '2011-01-01T00:00:00.000Z', to: '2011-03-01T00:00:00.000Z', rows: 100 };
  const seedHex = (): string => (0xabc000 + script.seed).toString(16);
  return {
    asOfFromSource: () => Promise.resolve('2011-04-01T00:00:00.000Z'),
    freezeSource: () => Promise.resolve({ manifest: fakeRef('d'), files: 1, rows: 100 }),
    checkContract: () =>
      Promise.resolve({
        violations: script.violations,
        total: script.violations.length,
        warnings: [],
        report: fakeRef('c'),
      }),
    takeSnapshot: ({ asOf }) =>
      Promise.resolve({
        rows: digestOf('b'),
        file: fakeRef('b'),
        asOf,
        train: block,
        validation: block,
        holdout: block,
        columns: ['x'],
      }),
    checkPointInTime: () => Promise.resolve([]),
    train: async ({ champion }) => {
      script.trainings += 1;
      if (script.holdTraining !== undefined) await script.holdTraining.wait();
      return {
        weights: fakeRef('f'),
        kind: 'linear',
        seed: script.seed,
        epochs: 3,
        backend: 'scripted',
        warmFrom: champion,
      };
    },
    exportModel: () =>
      Promise.resolve({
        onnx: fakeRef(seedHex()),
        golden: fakeRef('1'),
        profile: fakeRef('2'),
        inputs: [{ name: 'x', type: 'number' as const }],
        classes: null,
        parity: { maxDifference: 0, tolerance: 1e-5, flips: 0, rows: 10 },
      }),
    evaluate: ({ champion }) => {
      const comparison = {
        estimate: script.upper - 0.02,
        lower: script.upper - 0.04,
        upper: script.upper,
        rows: 100,
        blockLength: 5,
        confidence: 0.95,
      };
      const evaluation = {
        rows: 100,
        from: block.from,
        to: block.to,
        metric: 'mae',
        candidate: { mae: 1 },
        champion: champion === null ? null : { mae: 1.1 },
        naive: { mae: 2 },
        skillRatio: 0.5,
        comparison: champion === null ? null : comparison,
        againstNaive: comparison,
        slices: [],
        championTrainedOnHoldout: false,
      };
      return Promise.resolve({ evaluation, latencyP99Ms: 1, evidence: fakeRef('e') });
    },
    register: ({ model, specDigest, snapshot, trained, exported, evaluation, champion }) =>
      registry.register({
        format: 'perennial-manifest/1',
        model,
        specDigest,
        code: 'test',
        task: 'regression',
        classes: null,
        inputs: [...exported.inputs],
        snapshot,
        sourceManifest: fakeRef('d'),
        trainer: {
          kind: trained.kind,
          seed: trained.seed,
          backend: trained.backend,
          epochs: trained.epochs,
          warmFrom: champion,
        },
        onnx: exported.onnx,
        weights: trained.weights,
        golden: exported.golden,
        profile: exported.profile,
        evaluation,
        parity: { maxDifference: 0, tolerance: 1e-5, rows: 10 },
        judgedAgainst: champion,
      }),
  };
}

function scriptedWatch(gates: { shadow: Gate<ShadowEnded>; bake: Gate<BakeEnded> }): WatchActivities {
  const measured: CheckMeasured = {
    watermark: null,
    champion: null,
    performance: [],
    drift: [],
    newRows: null,
    evidence: fakeRef('9'),
  };
  return {
    awaitShadow: () => gates.shadow.wait(),
    awaitBake: () => gates.bake.wait(),
    measureCheck: () => Promise.resolve(measured),
    requestsPerDay: () => Promise.resolve(null),
  };
}
