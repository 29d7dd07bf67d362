import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PerennialError } from '../../domain/errors.js';
import { SEARCH_ATTRIBUTES } from '../../domain/names.js';
import { openConnection } from './connect.js';
import type { FileLock } from './file-lock.js';
import type { TemporalBinary } from './find-temporal.js';
import { freePort, isPortFree, refuseTakenPort } from './free-port.js';
import { silent, type Progress } from './progress.js';
import { ServerProcess } from './server-process.js';
import { ensureTemporalBinary } from './temporal-binary.js';
import { databaseFile, lockFolder, type TemporalServerPlace } from './temporal-folder.js';
import { ensureSearchAttributes, setRetention, type SearchAttributes } from './temporal-namespace.js';

const HOST = '127.0.0.1';
const NAMESPACE = 'default';
const LOG_FILE = 'temporal.log';
const READY_MS = 60_000;
const PORT_TRIES = 3;
const THIRTY_DAYS_IN_HOURS = 720;

/** What kind of dev server to start. */
export interface TemporalServerOptions {
  /** The folder of its SQLite file and log. Created when missing. One server at a time. */
  readonly dataDir: string;
  /** gRPC port on the loopback address. Default: a free one. */
  readonly port?: number;
  /** Web UI port on the loopback address. Default: a free one. */
  readonly uiPort?: number;
  /** How long closed workflows are kept, whole hours, at least 1. Default 720 (30 days). */
  readonly retentionHours?: number;
  /** Search attributes of the namespace. Default: those that Perennial's workflows set. */
  readonly searchAttributes?: SearchAttributes;
  /** More flags of `temporal server start-dev`. */
  readonly extraFlags?: readonly string[];
  /** The Temporal CLI to run. Default: {@link ensureTemporalBinary}, which may take minutes the first time. */
  readonly binary?: TemporalBinary;
  /** Told what takes long. Default: nothing is told. */
  readonly progress?: Progress;
}

/** A dev server that this process started. It ends with this process, however that ends (not on Windows after a kill). */
export interface TemporalServer extends TemporalServerPlace {
  /** Where it writes warnings. */
  readonly logFile: string;
  /** Resolves when it is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it gently, by force after 10 seconds; resolves when it is gone. May be called twice. */
  stop(): Promise<void>;
  /** Ends it as a power cut would, with SIGKILL; resolves when it is gone. */
  kill9(): Promise<void>;
}

/**
 * Starts the Temporal CLI's dev server on the loopback address and resolves when it answers, with its namespace set up. State is
 * a SQLite file in `dataDir`: a later start on the same folder goes on with the workflows, timers and schedules in it, after
 * `kill -9` too. Throws a {@link PerennialError} when a port is taken, when a server already runs on the folder, or when it
 * does not come up (with the end of its log).
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const {
    progress = silent,
    retentionHours = THIRTY_DAYS_IN_HOURS,
    searchAttributes = SEARCH_ATTRIBUTES,
  } = options;
  checkRetention(retentionHours);
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const binary = options.binary ?? (await ensureTemporalBinary({ progress }));
  const lock = await lockFolder(dataDir, progress);
  try {
    await refuseTakenPort('Temporal port', options.port);
    await refuseTakenPort('Temporal Web UI port', options.uiPort);
    const plan = { ...options, dataDir, binary, progress, retentionHours, searchAttributes };
    return await startOnFreePorts(plan, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Settled = 'binary' | 'progress' | 'retentionHours' | 'searchAttributes';
type StartPlan = TemporalServerOptions & Required<Pick<TemporalServerOptions, Settled>>;

async function startOnFreePorts(plan: StartPlan, lock: FileLock): Promise<TemporalServer> {
  const fixed = plan.port !== undefined && plan.uiPort !== undefined;
  for (let attempt = 1; ; attempt += 1) {
    const port = plan.port ?? (await freePort());
    const uiPort = plan.uiPort ?? (await freePort());
    try {
      return await startOnce(plan, { port, uiPort }, lock);
    } catch (error) {
      // Between our look and its start another process may have taken a port that we chose, and may have let go of it since.
      const taken = String(error).includes('address already in use') || !(await bothFree(port, uiPort));
      if (fixed || attempt === PORT_TRIES || !taken) throw error;
    }
  }
}

async function startOnce(
  plan: StartPlan,
  ports: { port: number; uiPort: number },
  lock: FileLock,
): Promise<TemporalServer> {
  const address = `${HOST}:${ports.port}`;
  const place = { address, uiUrl: `http://${HOST}:${ports.uiPort}`, namespace: NAMESPACE };
  const logFile = join(plan.dataDir, LOG_FILE);
  const server = new ServerProcess({
    thing: 'Temporal server',
    errorType: 'temporal-did-not-start',
    command: plan.binary.path,
    args: serverFlags(plan, ports),
    logFile,
  });
  const pid = await server.started();
  lock.handTo(pid, place);
  await server.answersOn(ports.port, READY_MS);
  try {
    await server.whileItRuns(prepareNamespace(address, plan.retentionHours, plan.searchAttributes));
  } catch (error) {
    await server.stop();
    throw error;
  }
  const ended = server.ended.then(() => lock.release());
  const stop = (): Promise<void> => server.stop().then(() => ended);
  const kill9 = (): Promise<void> => server.kill().then(() => ended);
  return { ...place, pid, logFile, ended, stop, kill9 };
}

function serverFlags(plan: StartPlan, { port, uiPort }: { port: number; uiPort: number }): string[] {
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', databaseFile(plan.dataDir, plan.binary.server, plan.progress)],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    // By default a timer may fire a second late so that the server can bundle timers; steps of a rollout need none of that.
    ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="1ms"'],
    ...['--ui-disable-news-fetch', '--log-level', 'warn'],
    ...(plan.extraFlags ?? []),
  ];
}

async function prepareNamespace(address: string, hours: number, attributes: SearchAttributes): Promise<void> {
  const connection = await openConnection({ address, namespace: NAMESPACE, deadlineMs: READY_MS });
  try {
    await setRetention(connection, NAMESPACE, hours);
    await ensureSearchAttributes(connection, NAMESPACE, attributes);
  } finally {
    await connection.close();
  }
}

async function bothFree(port: number, uiPort: number): Promise<boolean> {
  return (await isPortFree(port)) && (await isPortFree(uiPort));
}

function checkRetention(hours: number): void {
  if (Number.isSafeInteger(hours) && hours >= 1) return;
  throw new PerennialError({
    type: 'retention-invalid',
    thing: 'retentionHours',
    value: hours,
    allowed: 'a whole number of hours, at least 1',
    next: 'Leave it out for 720 (30 days).',
  });
}
