import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startTemporalServer } from '../../client/servers/temporal-server.js';
import { dataConverterOf } from '../../worker/data-converter.js';
import { startScriptedLine, type LineSetting } from '../support/scripted-line.js';
import { createRecorder, emptyHistories } from './recorder.js';
import { nobodyAsked, retrainEndings, rolloutEndings, shortWaits } from './scenario-endings.js';
import { manyRuns, storeDown, wrongMessages } from './scenario-faults.js';
import { notifications } from './scenario-notifications.js';
import { recovery } from './scenario-recovery.js';
import { rottenVersions } from './scenario-rotten.js';
import { wholeLife } from './scenario-whole-life.js';
import type { Scenario } from './steps.js';

// `node --import tsx test/replay/record.ts [model…]` plays every scenario, or those named, on a dev server of its own and replaces the
// recorded histories.
const SCENARIOS = [
  ...[storeDown, wholeLife, rolloutEndings, retrainEndings],
  ...[manyRuns, shortWaits, nobodyAsked, wrongMessages, recovery, rottenVersions, notifications],
];
/** Names neither a machine nor a person. */
const IDENTITY = 'recorder';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const dataDir = mkdtempSync(join(tmpdir(), 'perennial-record-'));
const server = await startTemporalServer({ dataDir, progress: (line) => console.log(line) });
try {
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });
  const client = new Client({
    connection,
    namespace: server.namespace,
    identity: IDENTITY,
    dataConverter: dataConverterOf({}),
  });
  try {
    await recordAll({ client, connection: native, namespace: server.namespace, identity: IDENTITY });
  } finally {
    await connection.close();
    await native.close();
  }
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function recordAll(setting: Omit<LineSetting, 'atEnd'>): Promise<void> {
  const chosen = process.argv.slice(2);
  if (chosen.length === 0) emptyHistories();
  const scenarios = SCENARIOS.filter(({ model }) => chosen.length === 0 || chosen.includes(model));
  const names = new Set<string>();
  const ended = await Promise.allSettled(scenarios.map((scenario) => play(scenario, setting, names)));
  for (const [i, end] of ended.entries()) {
    if (end.status === 'rejected') console.error(`${scenarios[i]?.model}:`, end.reason);
  }
  if (ended.some(({ status }) => status === 'rejected')) process.exitCode = 1;
  console.log(`${names.size} histories recorded`);
}

async function play(
  { model, historyLimit, webhooks = [], play: story }: Scenario,
  setting: Omit<LineSetting, 'atEnd'>,
  names: Set<string>,
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const limit = historyLimit === undefined ? {} : { historyLimit };
  const atEnd: LineSetting['atEnd'] = (step) => undo.push(step);
  try {
    const line = await startScriptedLine({
      ...setting,
      ...limit,
      webhooks,
      name: model,
      exactName: true,
      atEnd,
    });
    await story(line, createRecorder(line, names));
    console.log(`${model}: recorded`);
  } finally {
    for (const step of undo) await step();
  }
}
