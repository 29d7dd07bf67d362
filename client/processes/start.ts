import { join } from 'node:path';
import { startChild, type Child } from './child.js';

/** Environment variables that a process gets besides those of its configuration. */
export type ExtraEnvironment = Readonly<Record<string, string>>;

/** Configuration of a worker process; see `docs/operations.md` for what each variable means. */
export interface WorkerConfig {
  readonly state: string;
  readonly store: string;
  readonly dataRoots: readonly string[];
  readonly servingUrls: readonly string[];
  readonly servingToken?: string | undefined;
  /** Who may approve, by group. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly clock: 'wall' | 'stepped';
  /** Allows faults on purpose (demo and tests). */
  readonly staged: boolean;
  /** Where it answers `GET /metrics`, as `host:port`; port 0 takes any free one. Default: nowhere. */
  readonly metrics?: string | undefined;
  /** More environment variables: endpoint and credentials of an S3 server. Default: those of this process. */
  readonly environment?: ExtraEnvironment | undefined;
}

/** Starts a worker and waits until it polls. */
export function startWorker(config: WorkerConfig): Promise<Child> {
  return startChild({
    name: 'worker',
    entry: 'worker/main.ts',
    logFile: join(config.state, 'logs', 'worker.log'),
    readyEvent: 'ready',
    env: {
      PERENNIAL_STORE: config.store,
      PERENNIAL_DATA_ROOTS: config.dataRoots.join(':'),
      PERENNIAL_SERVING_URLS: config.servingUrls.join(','),
      PERENNIAL_SERVING_TOKEN: config.servingToken,
      PERENNIAL_APPROVERS: JSON.stringify(config.approvers),
      PERENNIAL_STATE: join(config.state, 'worker'),
      PERENNIAL_TASK_QUEUE: config.taskQueue,
      PERENNIAL_CLOCK: config.clock,
      PERENNIAL_STAGED: config.staged ? '1' : undefined,
      PERENNIAL_METRICS: config.metrics,
      TEMPORAL_ADDRESS: config.address,
      TEMPORAL_NAMESPACE: config.namespace,
      ...config.environment,
    },
  });
}

/** Configuration of a serving process. */
export interface ServingConfig {
  readonly state: string;
  readonly store: string;
  /** @default '127.0.0.1'; any other address needs a token. */
  readonly host?: string | undefined;
  /** 0 takes any free one. @default 0 */
  readonly port?: number | undefined;
  readonly token?: string | undefined;
  readonly clock: 'wall' | 'stepped';
  /** Names the replica in the prediction log. @default 'local' */
  readonly replica?: string | undefined;
  /** How often the aliases are read from the store; pins arrive at once regardless. */
  readonly pollMs?: number | undefined;
  /** More environment variables: endpoint and credentials of an S3 server. Default: those of this process. */
  readonly environment?: ExtraEnvironment | undefined;
}

/** A running serving process. */
export interface ServingChild extends Child {
  readonly url: string;
}

/** Starts serving and waits until it listens. */
export async function startServing(config: ServingConfig): Promise<ServingChild> {
  const child = await startChild({
    name: 'serving',
    entry: 'serving/main.ts',
    logFile: join(config.state, 'logs', 'serving.log'),
    readyEvent: 'listening',
    env: {
      PERENNIAL_STORE: config.store,
      PERENNIAL_SERVING_HOST: config.host ?? '127.0.0.1',
      PORT: String(config.port ?? 0),
      PERENNIAL_SERVING_TOKEN: config.token,
      PERENNIAL_REPLICA: config.replica ?? 'local',
      PERENNIAL_SPOOL: join(config.state, 'serving'),
      PERENNIAL_CLOCK: config.clock,
      PERENNIAL_PAYLOAD_KEYS: undefined, // it does not talk to Temporal
      ...(config.pollMs !== undefined && { PERENNIAL_POLL_MS: String(config.pollMs) }),
      ...config.environment,
    },
  });
  return { ...child, url: String(child.ready['url']) };
}
