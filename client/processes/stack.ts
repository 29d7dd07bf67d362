import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { DEFAULT_TASK_QUEUE } from '../../domain/names.js';
import { LOCAL_S3, resolveRoot, resolveStore } from '../../storage/objects/open-store.js';
import { isAlive, readRunning, runningFile, type Running } from '../sdk/settings.js';
import type { Progress } from '../servers/progress.js';
import { LOCAL_BUCKET, startS3Server, type S3Server } from '../servers/s3-server.js';
import { startTemporalServer } from '../servers/temporal-server.js';
import type { Child } from './child.js';
import { startCodecServer } from './codec.js';
import { startServing, startWorker, type ServingChild, type WorkerConfig } from './start.js';
import type { Shutdown } from './shutdown.js';

/** What to run in one process tree. */
export interface StackOptions {
  /** Folder of everything that is kept: Temporal's file, the store, logs, spools. Created when missing. */
  readonly state: string;
  /** Folders below which specs may name data files. */
  readonly dataRoots: readonly string[];
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  /** Programs that specs may name as their trainer, as PERENNIAL_COMMANDS. @default that of this process */
  readonly commands?: string | undefined;
  /** Whom to tell what, as PERENNIAL_WEBHOOKS. @default that of this process */
  readonly webhooks?: string | undefined;
  /** Modules with plug-ins that specs may name, as PERENNIAL_PLUGINS. @default that of this process */
  readonly plugins?: string | undefined;
  readonly clock: 'wall' | 'stepped';
  readonly staged: boolean;
  /** A Temporal server that runs already. Default: a dev server is started. */
  readonly temporal?: { readonly address: string; readonly namespace: string } | undefined;
  /** A folder, `s3://bucket/prefix`, or `s3`: an S3 server of its own, with its data in the state folder. @default <state>/store */
  readonly store?: string | undefined;
  /** @default 'perennial' */
  readonly taskQueue?: string | undefined;
  /** Ports; absent or 0 takes free ones. */
  readonly temporalPort?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly servingPort?: number | undefined;
  readonly servingToken?: string | undefined;
  /** Port of the worker's metrics; 0 takes a free one. Default: no metrics. */
  readonly metricsPort?: number | undefined;
  readonly progress: Progress;
  /** Everything that is started is added here, so that it ends with this process. */
  readonly shutdown: Shutdown;
}

/** A Temporal server, a worker and a serving replica that run together. */
export interface Stack {
  readonly running: Running;
  /** The S3 server of its own, when the store is on one. */
  readonly s3: S3Server | undefined;
  /** The codec server that its Web UI calls, when payloads are encrypted. */
  readonly codec: string | null;
  readonly serving: ServingChild;
  /** The worker of now: a restart replaces it. */
  worker(): Child;
  /** Starts a worker in place of one that has ended. */
  startWorkerAgain(): Promise<Child>;
}

/**
 * Starts Temporal (unless one is named), serving and a worker, in this order, and writes `<state>/running.json` so that other
 * commands find them. Throws `already-running` when a stack runs in the folder, and an AbortError between two of them once a signal came. Nothing is left running when it throws, once the
 * caller has run its shutdown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const state = resolve(options.state);
  refuseSecond(state);
  mkdirSync(state, { recursive: true });
  const { store, s3 } = await reachStore(options, state);
  const temporal = await reachTemporal(options, state);
  const taskQueue = options.taskQueue ?? DEFAULT_TASK_QUEUE;
  const { clock, staged, approvers, dataRoots, servingToken, shutdown } = options;
  shutdown.signal.throwIfAborted();
  options.progress('starting serving and a worker');
  const serving = await startServing({
    ...{ state, store, port: options.servingPort, token: servingToken, clock },
    environment: s3?.environment,
  });
  shutdown.add(() => serving.stop());
  shutdown.signal.throwIfAborted();
  const config: WorkerConfig = {
    ...{
      state,
      store,
      dataRoots: dataRoots.map(resolveRoot),
      approvers,
      clock,
      staged,
      taskQueue,
    },
    ...{ servingUrls: [serving.url], servingToken, address: temporal.address, namespace: temporal.namespace },
    ...(options.metricsPort !== undefined && { metrics: `127.0.0.1:${options.metricsPort}` }),
    environment: {
      ...s3?.environment,
      ...(options.commands !== undefined && { PERENNIAL_COMMANDS: options.commands }),
      ...(options.webhooks !== undefined && { PERENNIAL_WEBHOOKS: options.webhooks }),
      ...(temporal.uiUrl !== null && { PERENNIAL_WEB_UI_URL: temporal.uiUrl }),
      ...(options.plugins !== undefined && { PERENNIAL_PLUGINS: options.plugins }),
    },
  };
  let worker = await startWorker(config);
  const metrics = worker.ready['metrics'];
  const again = typeof metrics === 'string' ? { ...config, metrics: new URL(metrics).host } : config;
  shutdown.add(() => worker.stop());
  shutdown.signal.throwIfAborted();
  const running: Running = {
    ...{ pid: process.pid, address: temporal.address, namespace: temporal.namespace, taskQueue, store },
    ...{ dataRoots: [...config.dataRoots], ui: temporal.uiUrl, serving: serving.url },
    metrics: typeof metrics === 'string' ? metrics : null,
  };
  writeFileSync(runningFile(state), `${JSON.stringify(running, null, 2)}\n`);
  shutdown.add(async () => rmSync(runningFile(state), { force: true }));
  return {
    running,
    s3,
    codec: temporal.codec,
    serving,
    worker: () => worker,
    startWorkerAgain: async () => (worker = await startWorker(again)),
  };
}

/** The store's address for every process, and the S3 server when it is one of our own. */
async function reachStore(
  { store, progress, shutdown }: StackOptions,
  state: string,
): Promise<{ store: string; s3: S3Server | undefined }> {
  if (store !== LOCAL_S3) return { store: resolveStore(store ?? join(state, 'store')), s3: undefined };
  const s3 = await startS3Server({ dataDir: join(state, 's3'), progress });
  shutdown.add(() => s3.stop());
  return { store: `s3://${LOCAL_BUCKET}/store`, s3 };
}

async function reachTemporal(
  options: StackOptions,
  state: string,
): Promise<{ address: string; namespace: string; uiUrl: string | null; codec: string | null }> {
  if (options.temporal !== undefined) return { ...options.temporal, uiUrl: null, codec: null };
  const { temporalPort, progress } = options;
  const codec = await startCodecServer(state, options.uiPort);
  if (codec !== undefined) options.shutdown.add(() => codec.stop());
  const uiPort = codec?.uiPort ?? options.uiPort;
  progress('starting the Temporal server');
  const server = await startTemporalServer({
    dataDir: join(state, 'temporal'),
    progress,
    ...(isNamed(temporalPort) && { port: temporalPort }),
    ...(isNamed(uiPort) && { uiPort }),
    ...(codec !== undefined && { extraFlags: ['--ui-codec-endpoint', codec.url] }),
  });
  options.shutdown.add(() => server.stop());
  return { ...server, codec: codec?.url ?? null };
}

const isNamed = (port: number | undefined): port is number => port !== undefined && port !== 0;

function refuseSecond(state: string): void {
  const running = readRunning(state);
  if (running === undefined || !isAlive(running)) return;
  throw new PerennialError({
    type: 'already-running',
    thing: 'state folder',
    value: state,
    allowed: `a folder in which nothing runs (process ${running.pid} does)`,
    next: 'Stop it with Ctrl-C in its terminal, or name another folder with --state.',
  });
}
