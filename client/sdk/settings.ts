import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PerennialError } from '../../domain/errors.js';
import { DEFAULT_TASK_QUEUE } from '../../domain/names.js';
import { resolveStore } from '../../storage/objects/open-store.js';

/** Where a client finds the parts of Perennial. Everything absent is taken from the environment, then from what runs in `state`. */
export interface PerennialOptions {
  /** Folder in which `perennial up` keeps its state. Default: PERENNIAL_HOME, else `.perennial`. */
  readonly state?: string | undefined;
  /** Temporal's address, e.g. `127.0.0.1:7233`. Default: Temporal's environment variables, else what runs in `state`. */
  readonly address?: string | undefined;
  /** Temporal's namespace. Default: Temporal's environment variables, else `default`. */
  readonly namespace?: string | undefined;
  /** Task queue of the workflows. Default: PERENNIAL_TASK_QUEUE, else `perennial`. */
  readonly taskQueue?: string | undefined;
  /** The object store: a folder or `s3://bucket/prefix`. Default: PERENNIAL_STORE, else what runs in `state`, else `<state>/store`. */
  readonly store?: string | undefined;
  /** Base URL of a serving replica. Default: the first of PERENNIAL_SERVING_URLS, else what runs in `state`. */
  readonly serving?: string | undefined;
  /** Token of serving, when it needs one. Default: PERENNIAL_SERVING_TOKEN. */
  readonly servingToken?: string | undefined;
  /** In whose name requests are made. Default: PERENNIAL_BY, else the operating system's user. */
  readonly by?: string | undefined;
  /** How long a worker may take to accept a request before the client says that none does. @default 10000 */
  readonly acceptWithinMs?: number | undefined;
  /** How long the answer to an accepted request may take. @default 120000 */
  readonly answerWithinMs?: number | undefined;
  /** Where everything absent is looked up, and the credentials of an S3 store. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Options with nothing left to look up. */
export interface Settings {
  readonly state: string;
  /** Absent: Temporal's environment variables and configuration file decide. */
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  readonly taskQueue: string;
  readonly store: string;
  readonly serving: string | undefined;
  readonly servingToken: string | undefined;
  readonly by: string;
  readonly acceptWithinMs: number;
  readonly answerWithinMs: number;
}

/** What runs on this machine for one state folder; written by `perennial up` and `perennial demo`. */
export const runningSchema = z.object({
  /** Process that started the others. */
  pid: z.number().int(),
  address: z.string(),
  namespace: z.string(),
  taskQueue: z.string(),
  store: z.string(),
  dataRoots: z.array(z.string()),
  ui: z.string().nullable(),
  serving: z.string().nullable(),
  /** Base URL of the worker's metrics. */
  metrics: z.string().nullable().default(null),
});
/** What runs on this machine for one state folder. */
export type Running = z.infer<typeof runningSchema>;

/** The file in a state folder that says what runs. */
export const runningFile = (state: string): string => join(state, 'running.json');

/** What runs for a state folder; undefined when nothing was started there. Throws `running-unreadable` on a damaged file. */
export function readRunning(state: string): Running | undefined {
  const file = runningFile(state);
  if (!existsSync(file)) return undefined;
  try {
    return runningSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const next = 'Delete it and start `perennial up` again.';
    const allowed = 'JSON that `perennial up` wrote';
    throw new PerennialError({ type: 'running-unreadable', thing: file, allowed, next }, { cause: error });
  }
}

/** Whether the process that started what runs is still there. */
export function isAlive(running: Running): boolean {
  try {
    process.kill(running.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks up everything that `options` leaves open: option, then environment, then what runs in the state folder, then default. */
export function resolveSettings(
  options: PerennialOptions = {},
  env: NodeJS.ProcessEnv = options.env ?? process.env,
): Settings {
  const state = resolve(options.state ?? text(env['PERENNIAL_HOME']) ?? '.perennial');
  const found = readRunning(state);
  const running = found !== undefined && isAlive(found) ? found : undefined;
  // Temporal's own configuration, read by `@temporalio/envconfig`, wins over what runs in the state folder.
  const configured = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
    (name) => text(env[name]) !== undefined,
  );
  const urls = text(env['PERENNIAL_SERVING_URLS'])?.split(',')[0];
  return {
    state,
    address: options.address ?? (configured ? undefined : running?.address),
    namespace: options.namespace ?? (configured ? undefined : running?.namespace),
    taskQueue:
      options.taskQueue ?? text(env['PERENNIAL_TASK_QUEUE']) ?? running?.taskQueue ?? DEFAULT_TASK_QUEUE,
    store: resolveStore(
      options.store ?? text(env['PERENNIAL_STORE']) ?? found?.store ?? join(state, 'store'),
    ),
    serving: options.serving ?? urls ?? running?.serving ?? undefined,
    servingToken: options.servingToken ?? text(env['PERENNIAL_SERVING_TOKEN']),
    by: options.by ?? text(env['PERENNIAL_BY']) ?? operatingSystemUser(),
    acceptWithinMs: options.acceptWithinMs ?? 10_000,
    answerWithinMs: options.answerWithinMs ?? 120_000,
  };
}

const text = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a container may run under a user id that has no name
  }
}
