import { fileURLToPath } from 'node:url';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { DeterminismViolationError } from '@temporalio/workflow';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepNewest } from '../../domain/bounds.js';
import { RULED_OUT_LENGTH } from '../../domain/lifecycle-migrations.js';
import {
  lifecycleInputSchema,
  type LifecycleState,
  lifecycleStateSchema,
  newLifecycleState,
  STATE_BOUNDS,
} from '../../domain/lifecycle-state.js';
import { WORKFLOW } from '../../domain/names.js';
import { addLine, shortenOutbox } from '../../policy/outbox.js';
import {
  bundlePaths,
  dataConverterOf,
  untraced,
  type WorkerDataConverter,
} from '../../worker/data-converter.js';
import { readHistories, type Recorded } from './histories.js';
import { replayAll } from './replay-all.js';
import { asTraced, keptSpans } from './traced.js';

// Histories that are refused on purpose are not told on the terminal.
const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });

const KIB = 1024;
const recorded = readHistories();
const soak = process.env['PERENNIAL_SOAK'] === '1';

/** The longest histories of each workflow. */
const longestOf = (count: number): Recorded[] =>
  Object.values(WORKFLOW).flatMap((workflow) =>
    recorded
      .filter((run) => run.workflow === workflow)
      .sort((a, b) => b.events - a.events)
      .slice(0, count),
  );

/** What changed workflows are tried on: all that is recorded is for soak. */
const tried = soak ? recorded : longestOf(3);

/** Without it webpack tells all that it does. */
const logger = new DefaultLogger('WARN');
let workflowBundle: WorkflowBundle;
/** What went wrong in replaying, by history. */
let wrong: ReadonlyMap<string, Error>;
/** As a worker has it: encrypted histories replay with the keys of the environment. */
const dataConverter = dataConverterOf(process.env);

beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ ...bundlePaths(dataConverter), logger });
  wrong = await replayAll(workflowBundle, dataConverter, recorded);
});

describe('recorded histories', () => {
  it('cover every workflow and every way in which it ends', () => {
    const ways = (workflow: string): number => recorded.filter((run) => run.workflow === workflow).length;
    const least = { lifecycle: 12, retrain: 12, rollout: 15, monitor: 5, scheduledRetrain: 2, notify: 3 };
    for (const workflow of Object.values(WORKFLOW))
      expect(ways(workflow)).toBeGreaterThanOrEqual(least[workflow]);
  });

  it.each(recorded.map(({ name }) => name))('%s replays', (name) => {
    const error = wrong.get(name);
    if (error !== undefined) throw error;
  });

  it('name no machine', () => {
    for (const { name, history } of recorded) {
      const text = JSON.stringify(history, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString() : value,
      );
      expect(`${name}: ${/"identity":"[^"]*@|\/work\/|\/home\/|\/tmp\//.exec(text)?.[0]}`).toBe(
        `${name}: undefined`,
      );
    }
  });
});

describe('an encrypted history', () => {
  const withKeys = dataConverterOf({
    PERENNIAL_PAYLOAD_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  });

  it('replays with its keys, and names the key that is missing', async () => {
    const [run] = recorded;
    const [codec] = withKeys.payloadCodecs ?? [];
    if (run === undefined || codec === undefined) throw new Error('nothing to encrypt');
    const history = structuredClone(run.history);
    await encrypt(history.events, codec);
    const again = (dataConverter: WorkerDataConverter) =>
      Worker.runReplayHistory(
        { workflowBundle, dataConverter, replayName: run.name, sinks: untraced },
        history,
      );
    await again(withKeys);
    await expect(again(dataConverterOf({}))).rejects.toThrow(
      "key id of an encrypted payload is 'k1'; expected no encrypted payload, as this process has no keys",
    );
  });
});

/** Encrypts, in place, what a worker would have encrypted. */
async function encrypt(value: unknown, codec: PayloadCodec): Promise<void> {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'payloads') Object.assign(value, { payloads: await codec.encode(member as Payload[]) });
    else if (name !== 'markerRecordedEventAttributes') await encrypt(member, codec);
  }
}

/** The bundle of workflows that were changed, from a file beside this one. */
const bundleOf = (file: string, without: { workflowInterceptorModules?: [] } = {}): Promise<WorkflowBundle> =>
  bundleWorkflowCode({
    ...{ ...bundlePaths(dataConverter), ...without },
    logger,
    workflowsPath: fileURLToPath(new URL(file, import.meta.url)),
  });

describe('a changed workflow', () => {
  it('without a patch is refused by every history, with what to do', async () => {
    const refused = await replayAll(await bundleOf('./changed-workflows.ts'), dataConverter, tried);
    expect([...refused.keys()]).toEqual(tried.map(({ name }) => name));
    for (const [name, error] of refused) {
      expect(error.cause).toBeInstanceOf(DeterminismViolationError);
      expect(error.message).toMatch(
        /^The workflows no longer do what .*TMPRL1100.*patched\('what-changed'\).*test\/replay\/record\.ts/s,
      );
      expect(error.message).toContain(` ${name}.json `);
    }
  });

  it('behind a patch replays everything that was recorded before it', async () => {
    expect([...(await replayAll(await patched(), dataConverter, tried))]).toEqual([]);
  });
});

/** Workflows as they might be changed, and as they were before they told of traces. */
let patchedBundle: Promise<WorkflowBundle> | undefined;
const patched = (): Promise<WorkflowBundle> =>
  (patchedBundle ??= bundleOf('./patched-workflows.ts', { workflowInterceptorModules: [] }));

describe('a trace', () => {
  // A replay of all is above.
  const traced = longestOf(soak ? 3 : 1).map(asTraced);

  it('changes nothing: what was recorded with one replays under workers that know traces, and under others', async () => {
    const { spans, sinks } = keptSpans();
    expect([...(await replayAll(workflowBundle, dataConverter, traced, sinks))]).toEqual([]);
    expect([...(await replayAll(await patched(), dataConverter, traced))]).toEqual([]);
    const names = new Set(spans.map(({ name }) => name));
    for (const name of ['RunWorkflow:retrain', 'HandleUpdate:apply', 'HandleSignal:retrain-ended'])
      expect(names).toContain(name);
    // It never ends.
    expect(names).not.toContain('RunWorkflow:lifecycle');
    expect(spans.every(({ parent }) => parent?.sampled)).toBe(true);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const again = keptSpans();
    await replayAll(workflowBundle, dataConverter, traced, again.sinks);
    expect(again.spans).toEqual(spans);
  });
});

describe('history budgets', () => {
  const of = (workflow: string): Recorded[] => recorded.filter((run) => run.workflow === workflow);

  it('keep a retrain within 300 events and 256 KiB', () => {
    for (const { name, events, bytes } of of(WORKFLOW.retrain)) {
      expect({ name, withinEvents: events <= 300, withinBytes: bytes <= 256 * KIB }).toEqual({
        name,
        withinEvents: true,
        withinBytes: true,
      });
    }
  });

  it('keep a rollout within 300 events', () => {
    for (const { name, events } of of(WORKFLOW.rollout)) {
      expect({ name, within: events <= 300 }).toEqual({ name, within: true });
    }
  });

  it('keep every payload within 64 KiB', () => {
    for (const { name, history } of recorded) {
      const largest = Math.max(0, ...payloadSizes(history));
      expect({ name, within: largest <= 64 * KIB }).toEqual({ name, within: true });
    }
  });

  it('keep the state that a lifecycle carries over within 32 KiB', () => {
    const states = of(WORKFLOW.lifecycle).flatMap(carriedState);
    expect(states.length).toBeGreaterThan(0);
    for (const state of [...states, oldModel(), busyModel()]) expect(size(state)).toBeLessThan(32 * KIB);
  });
});

const size = (state: LifecycleState): number => Buffer.byteLength(JSON.stringify(state));

/** What a run of the lifecycle was started with; none for the first run. */
function carriedState({ history }: Recorded): LifecycleState[] {
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (payload === undefined) return [];
  const { state } = lifecycleInputSchema.parse(defaultPayloadConverter.fromPayload(payload));
  return state === undefined ? [] : [state];
}

const ref = (digit: string) => ({ key: `blobs/${digit}`, sha256: digit.repeat(64), bytes: 10 });
const version = (n: number) => ({ version: n, digest: 'd'.repeat(64) });
const decidedAt = '2026-11-21T06:45:37.140Z';

/** What is in the way of every bound at once: a candidate waits, a run of each lane is open, the store has been away for months. */
function busyModel(): LifecycleState {
  const state = oldModel();
  const { queue, seenRequests, answers } = STATE_BOUNDS;
  const request = {
    trigger: 'on-demand' as const,
    by: 'a'.repeat(60),
    reason: 'b'.repeat(200),
    rollout: false,
  };
  const queued = { ...request, asOf: decidedAt, askers: ['a'.repeat(60)] };
  for (let i = 0; i < 300; i++) {
    keepNewest(state.queue, queued, queue);
    keepNewest(state.seenRequests, `${'r'.repeat(190)}${i}`, seenRequests);
    keepNewest(state.answers, { id: `${'u'.repeat(60)}${i}`, answer: { paused: true } }, answers);
    addLine(state, { kind: 'check', who: 'monitor', why: 'quiet '.repeat(100) }, decidedAt);
    shortenOutbox(state);
  }
  for (const kind of [
    'retrain-ended',
    'rollout-ended',
    'rollout-started',
    'bake-ended',
    'rolled-back',
  ] as const) {
    const artifact = ref('e');
    addLine(
      state,
      { kind, who: 'ada', why: 'w'.repeat(2000), evidence: { artifact, summary: {} } },
      decidedAt,
    );
    shortenOutbox(state);
  }
  const open = { version: version(7), onnxSha256: 'f'.repeat(64), since: decidedAt };
  const judged = { verdicts: [], evidence: { artifact: ref('a'), summary: { x: 'v'.repeat(2000) } } };
  return lifecycleStateSchema.parse({
    ...state,
    paused: { by: 'a'.repeat(60), reason: 'p'.repeat(300), since: decidedAt },
    refusals: Object.fromEntries(
      Array.from({ length: 21 }, (_, i) => [`unknown signal ${'s'.repeat(43)}${i}`, 1e6]),
    ),
    openRetrain: {
      ...{ n: 900, run: 'retrain/bike-demand/900', asOf: decidedAt, triggers: ['schedule', 'performance'] },
      ...{ since: decidedAt, askers: Array.from({ length: 20 }, () => 'a'.repeat(60)) },
    },
    openRollout: {
      run: 'rollout/bike-demand/7',
      phase: 'bake',
      waitingFor: 'event-time',
      seen: null,
      ...open,
    },
    waitingCandidate: { version: version(8), onnxSha256: 'f'.repeat(64), override: null, judged },
  });
}

/** A model after years: every list is full, nothing waits for the store. */
function oldModel(): LifecycleState {
  const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  const day = (i: number): string => new Date(Date.UTC(2011, 0, 1 + i)).toISOString();
  return {
    ...newLifecycleState('bike-demand'),
    specDigest: 'a'.repeat(64),
    retrains: times(100, day),
    ruledOut: times(200, (i) => String(i).padStart(RULED_OUT_LENGTH, '0')),
    seenRequests: times(200, (i) => `monitor/bike-demand-${day(i)}/performance`),
    nextAttempt: Object.fromEntries(times(50, (i) => [String(900 + i), 2])),
  };
}

/** Bytes of every payload in a history. */
function payloadSizes(value: unknown): number[] {
  if (value === null || typeof value !== 'object') return [];
  if (value instanceof Uint8Array) return [value.length];
  return Object.values(value).flatMap(payloadSizes);
}
