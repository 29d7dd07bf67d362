import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startTemporalServer } from '../../client/servers/temporal-server.js';
import { retrainId, rolloutId } from '../../domain/names.js';
import { type ScriptedModel, startScriptedLine } from '../../test/support/scripted-line.js';
import { dataConverterOf } from '../../worker/data-converter.js';
import { type BenchLine, spreadOf } from './measurement.js';

const MODEL = 'bench';
const { EVENT_TYPE_ACTIVITY_TASK_SCHEDULED } = proto.temporal.api.enums.v1.EventType;

/** One run of a workflow, as its history tells. */
interface Seen {
  readonly wallMs: number;
  readonly steps: number;
  readonly events: number;
  readonly bytes: number;
}

/** One round: a retrain and the rollout of its candidate. */
interface Round {
  readonly retrain: Seen;
  readonly rollout: Seen;
  /** Time inside the steps that do something. @format milliseconds */
  readonly workMs: number;
}

/**
 * What durability costs: a real dev server, real workflows and real control activities, with steps that do (almost) nothing.
 * Milliseconds per step are the retrain's time from start to end on the server's clock, less the work, over its activities. There
 * is no peer: the same steps called directly take no time.
 */
export async function run(rounds = 7): Promise<BenchLine[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const dataDir = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  try {
    const server = await startTemporalServer({ dataDir });
    undo.push(() => server.stop());
    const client = await Connection.connect({ address: server.address });
    undo.push(() => client.close());
    const native = await NativeConnection.connect({ address: server.address });
    undo.push(() => native.close());
    const { namespace } = server;
    const line = await startScriptedLine({
      client: new Client({ connection: client, namespace, dataConverter: dataConverterOf({}) }),
      connection: native,
      namespace,
      name: MODEL,
      exactName: true,
      atEnd: (step) => undo.push(step),
    });
    return linesOf(await play(line, rounds));
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** The first version and one round warm up. */
async function play(line: ScriptedModel, rounds: number): Promise<Round[]> {
  await line.apply({ rollout: { first: 'auto', approval: { from: ['ml-leads'] } } });
  await line.until('the first version serves', (state) => state.aliases.champion !== null);
  const played: Round[] = [];
  for (let n = 2; n < rounds + 3; n++) played.push(await oneRound(line, n));
  return played.slice(1);
}

async function oneRound(line: ScriptedModel, n: number): Promise<Round> {
  const quiet = (state: Awaited<ReturnType<typeof line.state>>): boolean =>
    state.openRollout === null && state.openRetrain === null;
  await line.until('nothing is open', quiet);
  line.script.seed = n;
  line.script.worked = 0;
  await line.update('retrain', { by: 'bench' });
  // Nobody asks anything meanwhile: questions are answered by the worker that is measured.
  await line.client.workflow.getHandle(retrainId(MODEL, n)).result();
  line.shadow.open({
    because: 'enough',
    watermark: line.clock,
    seen: { pairs: 40, first: null, last: null, hours: 24, days: 1 },
  });
  line.bake.open({ kind: 'pass', because: 'enough', watermark: line.clock, rows: 72, comparison: null });
  await line.until('a person is asked', (state) => state.openRollout?.waitingFor === 'person');
  await line.update('decide', { version: n, decision: 'approve', by: 'ada', reason: '' });
  await line.until('nothing is open', quiet);
  return {
    retrain: await seen(line, retrainId(MODEL, n)),
    rollout: await seen(line, rolloutId(MODEL, n)),
    workMs: line.script.worked,
  };
}

async function seen(line: ScriptedModel, workflowId: string): Promise<Seen> {
  const handle = line.client.workflow.getHandle(workflowId);
  await handle.result();
  const { startTime, closeTime, historyLength, historySize } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const steps = (events ?? []).filter(({ eventType }) => eventType === EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
  return {
    wallMs: (closeTime?.getTime() ?? NaN) - startTime.getTime(),
    steps: steps.length,
    events: historyLength,
    bytes: historySize ?? NaN,
  };
}

function linesOf(rounds: readonly Round[]): BenchLine[] {
  const line = (name: string, unit: string, value: (round: Round) => number, note: string): BenchLine => ({
    ...{ name: `orchestration, ${name}`, unit, note },
    ...{ ours: spreadOf(rounds.map(value)), peer: null, ratio: null, target: null },
  });
  const wall = spreadOf(rounds.map(({ retrain }) => retrain.wallMs));
  const steps = rounds[0]?.retrain.steps ?? 0;
  return [
    line(
      'added per step of a retrain',
      'ms',
      ({ retrain, workMs }) => (retrain.wallMs - workMs) / retrain.steps,
      `${steps} steps, ${wall.median.toFixed(0)} ms from start to end`,
    ),
    line('history of a retrain', 'events', ({ retrain }) => retrain.events, 'at most 300'),
    line('history of a retrain', 'KiB', ({ retrain }) => retrain.bytes / 1024, 'at most 256'),
    line('history of a rollout', 'events', ({ rollout }) => rollout.events, 'at most 300'),
    line('history of a rollout', 'KiB', ({ rollout }) => rollout.bytes / 1024, 'shadow, approval and bake'),
  ];
}
