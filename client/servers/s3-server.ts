import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockDataFolder } from './data-folder.js';
import type { FileLock } from './file-lock.js';
import { freePort, isPortFree, refuseTakenPort } from './free-port.js';
import { silent, type Progress } from './progress.js';
import { ensureS3Binary, type S3Binary } from './s3-binary.js';
import { ServerProcess } from './server-process.js';

const HOST = '127.0.0.1';
const READY_MS = 30_000;
const PORT_TRIES = 3;
const REGION = 'us-east-1';

/** The bucket that a local S3 server has from the start. */
export const LOCAL_BUCKET = 'perennial';

/** What kind of S3 server to start. */
export interface S3ServerOptions {
  /** The folder of its objects, keys and log, on a file system with extended attributes. Created when missing. One server at a time. */
  readonly dataDir: string;
  /** Port on the loopback address. Default: a free one. */
  readonly port?: number;
  /** The program to run. Default: {@link ensureS3Binary}, which may take minutes the first time. */
  readonly binary?: S3Binary;
  /** Told what takes long. Default: nothing is told. */
  readonly progress?: Progress;
}

/** Environment variables with which a process reaches an S3 server. They hold its secret. */
export type S3Environment = Readonly<
  Record<'AWS_ENDPOINT_URL_S3' | 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_REGION', string>
>;

/** An S3 server that this process started. It ends with this process, however that ends (not on Windows after a kill). */
export interface S3Server {
  readonly pid: number;
  readonly endpoint: string;
  /** What other processes need to reach it; also in {@link environmentFile}. */
  readonly environment: S3Environment;
  /** The same as lines `NAME=value`, readable by its owner alone, for a shell. */
  readonly environmentFile: string;
  readonly logFile: string;
  /** Resolves when it is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it gently, by force after 10 seconds; resolves when it is gone. May be called twice. */
  stop(): Promise<void>;
  /** Ends it as a power cut would, with SIGKILL; resolves when it is gone. */
  kill9(): Promise<void>;
}

/**
 * Starts an S3 server (versitygw) on the loopback address and resolves when it answers. Objects are files in `dataDir`: a later start
 * on the same folder goes on with them and with the same keys. Has the bucket {@link LOCAL_BUCKET}. Throws a
 * {@link PerennialError} when a server already runs on the folder, the port is taken, or it does not come up.
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { progress = silent } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(join(dataDir, 'buckets', LOCAL_BUCKET), { recursive: true });
  const binary = options.binary ?? (await ensureS3Binary({ progress }));
  const lock = await lockDataFolder(
    {
      dataDir,
      lockFile: join(dataDir, 's3.lock'),
      server: 'S3',
      errorType: 's3-already-running',
      setting: 'AWS_ENDPOINT_URL_S3',
    },
    progress,
  );
  try {
    await refuseTakenPort('S3 port', options.port);
    return await startOnFreePort({ ...options, dataDir, binary, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The line of a shell after which other commands reach a running server. */
export function howToReachS3({ environmentFile }: S3Server): string {
  return `set -a; . ${environmentFile}; set +a`;
}

type StartPlan = S3ServerOptions & { readonly binary: S3Binary; readonly lock: FileLock };

async function startOnFreePort(plan: StartPlan): Promise<S3Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = plan.port ?? (await freePort());
    try {
      return await startOnce(plan, port);
    } catch (error) {
      // Between our look and its start another process may have taken the port.
      if (plan.port !== undefined || attempt === PORT_TRIES || (await isPortFree(port))) throw error;
    }
  }
}

async function startOnce({ dataDir, binary, lock }: StartPlan, port: number): Promise<S3Server> {
  const environmentFile = join(dataDir, 'environment');
  const endpoint = `http://${HOST}:${port}`;
  const environment = { AWS_ENDPOINT_URL_S3: endpoint, ...keysIn(environmentFile), AWS_REGION: REGION };
  writeEnvironment(environmentFile, environment);
  const logFile = join(dataDir, 's3.log');
  const server = new ServerProcess({
    thing: 'S3 server',
    errorType: 's3-did-not-start',
    command: binary.path,
    args: ['--port', `${HOST}:${port}`, '--quiet', '--keep-alive', 'posix', join(dataDir, 'buckets')],
    env: {
      ROOT_ACCESS_KEY: environment.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: environment.AWS_SECRET_ACCESS_KEY,
      VGW_REGION: REGION,
    },
    logFile,
  });
  const pid = await server.started();
  lock.handTo(pid, { address: endpoint });
  await server.answersOn(port, READY_MS);
  const ended = server.ended.then(() => lock.release());
  const stop = (): Promise<void> => server.stop().then(() => ended);
  const kill9 = (): Promise<void> => server.kill().then(() => ended);
  return { pid, endpoint, environment, environmentFile, logFile, ended, stop, kill9 };
}

/** The keys of this folder's server: those of the last start, else new ones. */
function keysIn(file: string): Pick<S3Environment, 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY'> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const value = (name: string): string | undefined => new RegExp(`^${name}=(\\S+)$`, 'm').exec(text)?.[1];
  return {
    AWS_ACCESS_KEY_ID: value('AWS_ACCESS_KEY_ID') ?? 'perennial',
    AWS_SECRET_ACCESS_KEY: value('AWS_SECRET_ACCESS_KEY') ?? randomBytes(24).toString('base64url'),
  };
}

function writeEnvironment(file: string, environment: S3Environment): void {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}
