import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { PerennialError } from '../domain/errors.js';
import { parserFault } from '../domain/parser-fault.js';

/** A worker's two connections to the Temporal server that its environment names. */
export interface TemporalConnections {
  /** For the workers' polls. */
  readonly native: NativeConnection;
  /** For what activities ask. */
  readonly client: Connection;
  readonly namespace: string;
}

const TRIES = 20;
const PAUSE_MS = 500;

/**
 * Connects to the server that Temporal's own variables and configuration file name (address, TLS, API key). One that is just starting
 * is waited for, up to ten seconds. Throws `temporal-configuration`, `temporal-refused` at once for credentials that are not let in,
 * and `temporal-unreachable`.
 */
export async function connectTemporal(env: NodeJS.ProcessEnv = process.env): Promise<TemporalConnections> {
  const { connectionOptions, namespace } = readConfiguration(env);
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  const native = await connectPatiently(address, () => NativeConnection.connect(connectionOptions));
  const client = await Connection.connect(connectionOptions);
  return { native, client, namespace: namespace ?? 'default' };
}

function readConfiguration(env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  const overrideEnvVars: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) overrideEnvVars[name] = value;
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    // No cause: the parser quotes the file, which holds the API key.
    throw new PerennialError({
      type: 'temporal-configuration',
      thing: 'Temporal configuration',
      allowed: `a profile and files that can be read (${parserFault(error)})`,
      next: 'Correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, the file itself, or the certificates that it names.',
    });
  }
}

async function connectPatiently<T>(address: string, connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect();
    } catch (error) {
      if (isRefusal(error)) throw refused(address, error);
      if (attempt === TRIES) throw unreachable(address, error);
      await wait(PAUSE_MS);
    }
  }
}

/** The SDK's core tells the server's answer in words alone: those of gRPC for "unauthenticated" and "permission denied". */
const isRefusal = (error: unknown): boolean =>
  /does not have (valid authentication credentials|permission)/.test(messageOf(error));

const refused = (address: string, cause: unknown): PerennialError =>
  new PerennialError(
    {
      type: 'temporal-refused',
      thing: 'Temporal server',
      value: address,
      allowed: `one that lets this worker in (${messageOf(cause)})`,
      next: 'Check TEMPORAL_API_KEY or the client certificate, and TEMPORAL_NAMESPACE.',
    },
    { cause },
  );

const unreachable = (address: string, cause: unknown): PerennialError =>
  new PerennialError(
    {
      type: 'temporal-unreachable',
      thing: 'Temporal server',
      value: address,
      allowed: `an address where a Temporal server answers (${messageOf(cause)})`,
      next: 'Start one with `perennial up`, or correct TEMPORAL_ADDRESS and the TLS settings beside it.',
    },
    { cause },
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
