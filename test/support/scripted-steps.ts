import { ApplicationFailure } from '@temporalio/common';
import { awaitStore } from '../../activities/await-store.js';
import { HEAVY_BEAT_MS, withHeartbeat } from '../../activities/heartbeat.js';
import type { RetrainActivities } from '../../activities/retrain-activities.js';
import type {
  BakeEnded,
  CheckMeasured,
  ShadowEnded,
  WatchActivities,
} from '../../activities/watch-activities.js';
import type { ArtifactRef } from '../../domain/references.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import type { Registry } from '../../storage/registry/registry.js';

/** A wait that a test ends, before or after it begins. */
export class Gate<T> {
  private readonly values: T[] = [];
  private waiters: ((value: T) => void)[] = [];

  open(value: T): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.values.push(value);
    else waiter(value);
  }

  /** Rejects when `signal` aborts; the value then goes to the next waiter. */
  wait(signal?: AbortSignal): Promise<T> {
    const value = this.values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve, reject) => {
      this.waiters.push(resolve);
      signal?.addEventListener('abort', () => {
        this.waiters = this.waiters.filter((waiter) => waiter !== resolve);
        reject(signal.reason instanceof Error ? signal.reason : new Error('cancelled'));
      });
    });
  }
}

/** What the scripted steps of the next retrains answer; a test changes it between retrains. */
export interface Script {
  /** Names the candidate: equal seeds give equal digests. */
  seed: number;
  /** Upper bound of the loss difference against the champion: above 0.01 fails the gate. */
  upper: number;
  violations: string[];
  leaks: string[];
  /** While set, training waits for it. */
  holdTraining: Gate<true> | undefined;
  /** Really done in training, when set, until it is cancelled. */
  heavyWork: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  trainings: number;
  /** What the next checks measure; absent parts: nothing. */
  measured: Partial<CheckMeasured>;
  /** While set, no check can be measured, and this says why. */
  unmeasurable: string | undefined;
  /** Milliseconds spent inside scripted steps. */
  worked: number;
}

/** A script whose candidates are new and pass. */
export const newScript = (): Script => ({
  seed: 1,
  upper: -0.1,
  violations: [],
  leaks: [],
  holdTraining: undefined,
  heavyWork: undefined,
  trainings: 0,
  measured: {},
  unmeasurable: undefined,
  worked: 0,
});

const BEAT_MS = 200;

const digestOf = (text: string): string => text.padEnd(64, '0').slice(0, 64);
const fakeRef = (hex: string): ArtifactRef => ({ key: `blobs/${hex}`, sha256: digestOf(hex), bytes: 10 });
const block = { from: '2011-01-01T00:00:00.000Z', to: '2011-03-01T00:00:00.000Z', rows: 100 };

/** The steps of a retrain without data: versions are really registered, everything before is as the script says. */
export function scriptedRetrain(script: Script, registry: Registry): RetrainActivities {
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
    checkPointInTime: () => Promise.resolve(script.leaks),
    train: async ({ champion, imported }) => {
      script.trainings += 1;
      const { holdTraining: hold, heavyWork } = script;
      if (heavyWork !== undefined) await withHeartbeat(({ signal }) => heavyWork(signal), HEAVY_BEAT_MS);
      if (hold !== undefined) await withHeartbeat(({ signal }) => hold.wait(signal), BEAT_MS);
      return {
        weights: fakeRef('f'),
        kind: 'linear',
        seed: script.seed,
        epochs: 3,
        backend: 'scripted',
        warmFrom: champion,
        ...(imported !== undefined && {
          imported: { sha256: imported.onnx.sha256, trainedTo: imported.trainedTo ?? null },
        }),
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
    evaluate: ({ champion }) => Promise.resolve(judged(script, champion !== null)),
    register: (input) => timed(script, () => registerScripted(registry, input)),
  };
}

async function timed<T>(script: Script, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    script.worked += performance.now() - begun;
  }
}

function judged({ upper }: Script, hasChampion: boolean): Awaited<ReturnType<RetrainActivities['evaluate']>> {
  const comparison = {
    estimate: upper - 0.02,
    lower: upper - 0.04,
    upper,
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
    champion: hasChampion ? { mae: 1.1 } : null,
    naive: { mae: 2 },
    skillRatio: 0.5,
    comparison: hasChampion ? comparison : null,
    againstNaive: comparison,
    slices: [],
    championTrainedOnHoldout: false,
  };
  return { evaluation, latencyP99Ms: 1, evidence: fakeRef('e') };
}

function registerScripted(
  registry: Registry,
  input: Parameters<RetrainActivities['register']>[0],
): ReturnType<RetrainActivities['register']> {
  const { model, specDigest, snapshot, trained, exported, evaluation, champion } = input;
  return registry.register({
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
  });
}

/** Waits on data that a test ends, and checks that measure what the script says. */
export function scriptedWatch(
  script: Script,
  gates: { shadow: Gate<ShadowEnded>; bake: Gate<BakeEnded> },
  store: ObjectStore,
): WatchActivities {
  return {
    awaitShadow: () => withHeartbeat(({ signal }) => gates.shadow.wait(signal), BEAT_MS),
    awaitBake: () => withHeartbeat(({ signal }) => gates.bake.wait(signal), BEAT_MS),
    measureCheck: ({ champion }) =>
      script.unmeasurable === undefined
        ? Promise.resolve({
            watermark: null,
            champion: champion?.version ?? null,
            performance: [],
            drift: [],
            newRows: null,
            evidence: fakeRef('9'),
            ...script.measured,
          })
        : Promise.reject(ApplicationFailure.nonRetryable(script.unmeasurable, 'out-of-memory')),
    requestsPerDay: () => Promise.resolve(null),
    awaitStore: () => withHeartbeat((beat) => awaitStore(store, { ...beat, everyMs: 50 }), BEAT_MS),
  };
}
