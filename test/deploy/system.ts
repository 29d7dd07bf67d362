import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Child } from '../../client/processes/child.js';
import { startServing, startWorker } from '../../client/processes/start.js';
import type { ServingDoor } from '../../client/sdk/infer.js';
import { Perennial } from '../../client/sdk/perennial.js';
import { freePort } from '../../client/servers/free-port.js';
import { LOCAL_BUCKET, startS3Server } from '../../client/servers/s3-server.js';
import { startTemporalServer } from '../../client/servers/temporal-server.js';
import { startPrometheus, type PrometheusServer } from './prometheus-server.js';

/** Everything that is deployed, on this machine, in reach of a test that breaks it. It ends with the test. */
export interface System {
  readonly perennial: Perennial;
  readonly serving: ServingDoor;
  readonly taskQueue: string;
  /** Root of the data that specs name. */
  readonly data: string;
  fillDisk(): void;
  makeRoom(): void;
  /** File of rows that are on the disk of serving alone. */
  spooled(model: string): string;
  killServing(): Promise<void>;
  /** At the same address. */
  startServingAgain(): Promise<void>;
  killWorker(): Promise<void>;
  stopTemporal(): Promise<void>;
  stopStore(): Promise<void>;
  /** Deletes what serving has kept of versions. */
  loseVersions(): void;
  /** Makes an object one that cannot be read. */
  damage(key: string): void;
}

const TOKEN = 'a-secret-that-nobody-guesses';
const READER = 'a-reader-of-metrics-alone';
const FULL = new URL('../support/full-disk.mjs', import.meta.url).href;
const FLUSH_MS = '200';
/** Told of rollbacks, and never there. */
const NOBODY = { name: 'nobody', kind: 'generic', url: 'http://127.0.0.1:1/', events: ['rolled-back'] };

/** Starts Temporal, an S3 store, serving, a worker, and Prometheus over them, with tokens as in production. */
export async function startSystem(folder: string): Promise<{ system: System; prometheus: PrometheusServer }> {
  const [data, flag] = [join(folder, 'data'), join(folder, 'full')];
  const credentials = join(folder, 'metrics-token');
  writeFileSync(credentials, READER);
  const temporalMetrics = await freePort();
  const temporal = await startTemporalServer({
    dataDir: join(folder, 'temporal'),
    extraFlags: ['--metrics-port', String(temporalMetrics)],
  });
  onTestFinished(() => temporal.stop());
  const s3 = await startS3Server({ dataDir: join(folder, 's3') });
  onTestFinished(() => s3.stop());
  const store = `s3://${LOCAL_BUCKET}/store`;
  const taskQueue = 'perennial';
  const servingPort = await freePort();
  const startReplica = () =>
    startServing({
      ...{ state: folder, store, port: servingPort, token: TOKEN, clock: 'stepped' },
      environment: {
        ...s3.environment,
        NODE_OPTIONS: `--import ${FULL}`,
        PERENNIAL_TEST_FULL_DISK: flag,
        PERENNIAL_FLUSH_MS: FLUSH_MS,
        PERENNIAL_METRICS_TOKEN: READER,
      },
    });
  let replica = await startReplica();
  onTestFinished(() => replica.kill9());
  const worker: Child = await startWorker({
    ...{ state: folder, store, dataRoots: [data], servingUrls: [replica.url], servingToken: TOKEN },
    ...{ approvers: { 'ml-leads': ['ada'] }, clock: 'stepped', staged: false, taskQueue },
    ...{ address: temporal.address, namespace: temporal.namespace, metrics: '127.0.0.1:0' },
    environment: {
      ...s3.environment,
      PERENNIAL_METRICS_TOKEN: READER,
      PERENNIAL_METRICS_REFRESH_MS: '500',
      PERENNIAL_WEBHOOKS: JSON.stringify([NOBODY]),
    },
  });
  onTestFinished(() => worker.kill9());
  const perennial = Perennial.open({
    ...{ address: temporal.address, namespace: temporal.namespace, taskQueue, store, by: 'ada' },
    ...{ state: join(folder, 'client'), env: { ...process.env, ...s3.environment } },
  });
  onTestFinished(() => perennial.close());
  const targets = {
    'perennial-worker': new URL(String(worker.ready['metrics'])).host,
    'perennial-serving': new URL(replica.url).host,
    temporal: `127.0.0.1:${temporalMetrics}`,
  };
  const prometheus = await startPrometheus(folder, targets, credentials);
  const system: System = {
    ...{ perennial, taskQueue, data, serving: { url: replica.url, token: TOKEN } },
    fillDisk: () => writeFileSync(flag, ''),
    makeRoom: () => rmSync(flag),
    spooled: (model) => join(spoolOf(folder, model), 'open.ndjson'),
    killServing: () => replica.kill9(),
    startServingAgain: async () => void (replica = await startReplica()),
    killWorker: () => worker.kill9(),
    stopTemporal: () => temporal.stop(),
    stopStore: () => s3.stop(),
    loseVersions: () => rmSync(join(folder, 'serving/versions'), { recursive: true }),
    damage: (key) => {
      const file = join(folder, 's3/buckets', LOCAL_BUCKET, 'store', key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '{}');
    },
  };
  return { system, prometheus };
}

/** Folder of a model's rows that the store does not have yet. */
function spoolOf(folder: string, model: string): string {
  const replicas = join(folder, 'serving/predictions', model);
  const [replica = ''] = readdirSync(replicas);
  return join(replicas, replica);
}
