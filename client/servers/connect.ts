import { Client, Connection, type ConnectionOptions, type DataConverter } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { PerennialError } from '../../domain/errors.js';
import { parserFault } from '../../domain/parser-fault.js';
import { createPayloadCodec } from '../../storage/payloads/payload-codec.js';
import { readPayloadKeys } from '../../storage/payloads/payload-keys.js';
import { clientInterceptors } from '../../telemetry/client-traces.js';

/** Where `perennial up` starts its server, and what is meant when nothing names another. */
export const DEFAULT_ADDRESS = '127.0.0.1:7233';

const DEFAULT_NAMESPACE = 'default';
const DEADLINE_MS = 5000;

// gRPC status codes
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** What a caller says about the Temporal server. */
export interface TargetOptions {
  /** `host:port`, without TLS. Then nothing is read from the environment: its namespace and key belong to another server. */
  readonly address?: string;
  /** Default: that of the environment, or `default` with an address of the caller's. */
  readonly namespace?: string;
  /** Where TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the rest are read. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A Temporal server and how to reach it. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** Address, TLS, API key and metadata, for the connections of `@temporalio/client` and `@temporalio/worker` alike. */
  readonly connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  /** Who named the address: the caller, Temporal's environment variables or configuration file, or nobody. */
  readonly from: 'caller' | 'environment' | 'default';
}

/** A {@link connectClient} call. */
export interface ConnectOptions extends TargetOptions {
  /** How long to wait for an answer, milliseconds. Default 5,000. */
  readonly deadlineMs?: number;
  /** Default: payloads are encrypted and decrypted with the keys of the environment (`PERENNIAL_PAYLOAD_KEYS`). */
  readonly dataConverter?: DataConverter;
}

/**
 * Which Temporal server is meant: the given address, else what Temporal's own environment variables and configuration file say
 * (`@temporalio/envconfig`: address, namespace, API key, TLS; the file that the `temporal` command reads), else
 * {@link DEFAULT_ADDRESS}. Makes no connection. Throws a {@link PerennialError} for a configuration that cannot be read.
 */
export function temporalTarget({
  address,
  namespace,
  env = process.env,
}: TargetOptions = {}): TemporalTarget {
  if (address !== undefined) {
    return {
      address,
      namespace: namespace ?? DEFAULT_NAMESPACE,
      connectionOptions: { address },
      from: 'caller',
    };
  }
  const configured = readConfiguration(env);
  const named = configured.connectionOptions.address;
  const from = named === undefined ? 'default' : 'environment';
  const actual = named ?? DEFAULT_ADDRESS;
  return {
    address: actual,
    namespace: namespace ?? configured.namespace ?? DEFAULT_NAMESPACE,
    connectionOptions: { ...configured.connectionOptions, address: actual },
    from,
  };
}

/**
 * A client whose server has answered and whose namespace exists. Close it with `client.connection.close()`. Throws a
 * {@link PerennialError}: `temporal-unreachable` when nothing answers before the deadline, `temporal-refused` when the
 * server answers and lets us not in, `unknown-namespace`, `payload-keys-invalid`.
 */
export async function connectClient(options: ConnectOptions = {}): Promise<Client> {
  const { namespace } = temporalTarget(options);
  const dataConverter = options.dataConverter ?? encrypting(options.env ?? process.env);
  const connection = await openConnection(options);
  const interceptors = { workflow: await clientInterceptors() };
  return new Client({ connection, namespace, dataConverter, interceptors });
}

const encrypting = (env: NodeJS.ProcessEnv): DataConverter => ({
  payloadCodecs: [createPayloadCodec(readPayloadKeys(env))],
});

/** The connection under {@link connectClient}, for the raw services of Temporal; fails in the same ways. */
export async function openConnection(options: ConnectOptions = {}): Promise<Connection> {
  const target = temporalTarget(options);
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const connection = await connect(target, deadlineMs);
  try {
    await connection.withDeadline(Date.now() + deadlineMs, () =>
      connection.workflowService.describeNamespace({ namespace: target.namespace }),
    );
  } catch (error) {
    // Only a clear "there is none" counts: an API key may be allowed to run workflows and not to describe namespaces.
    if (isGrpc(error, NOT_FOUND)) {
      await connection.close();
      throw unknownNamespace(target);
    }
  }
  return connection;
}

async function connect(target: TemporalTarget, deadlineMs: number): Promise<Connection> {
  const options: ConnectionOptions = { ...target.connectionOptions, connectTimeout: deadlineMs };
  try {
    return await Connection.connect(options);
  } catch (error) {
    // The SDK wraps what the server answered.
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const said = inner instanceof Error ? inner.message : String(inner);
    const refused = [error, inner].some((e) => isGrpc(e, PERMISSION_DENIED) || isGrpc(e, UNAUTHENTICATED));
    throw refused ? letsNobodyIn(target, said, error) : unreachable(target, { deadlineMs, said }, error);
  }
}

const letsNobodyIn = ({ address }: TemporalTarget, said: string, cause: unknown): PerennialError =>
  new PerennialError(
    {
      type: 'temporal-refused',
      thing: 'Temporal server',
      value: address,
      allowed: `one that lets us in (${said})`,
      next: 'Check TEMPORAL_API_KEY or the client certificate, and TEMPORAL_NAMESPACE.',
    },
    { cause },
  );

function unreachable(
  { address, connectionOptions }: TemporalTarget,
  { deadlineMs, said }: { deadlineMs: number; said: string },
  cause: unknown,
): PerennialError {
  const plain = connectionOptions.tls === undefined || connectionOptions.tls === false;
  return new PerennialError(
    {
      type: 'temporal-unreachable',
      thing: 'Temporal server',
      value: address,
      allowed: `an address where a Temporal server answers${plain ? '' : ' in TLS'} within ${deadlineMs / 1000} s (${said})`,
      next: plain
        ? 'Start one with `perennial up`, or set TEMPORAL_ADDRESS.'
        : 'Check TEMPORAL_ADDRESS, that it speaks TLS, and the certificates (TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_CLIENT_CERT_PATH).',
      retryable: true,
    },
    { cause },
  );
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
      value: env['TEMPORAL_PROFILE'] ?? env['TEMPORAL_CONFIG_FILE'],
      allowed: `a readable file with that profile, by default [profile.default] (${parserFault(error)})`,
      next: 'Correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the file itself.',
    });
  }
}

function unknownNamespace({ address, namespace }: TemporalTarget): PerennialError {
  return new PerennialError({
    type: 'unknown-namespace',
    thing: 'Temporal namespace',
    value: namespace,
    allowed: `a namespace of the server at ${address}`,
    next: 'Correct TEMPORAL_NAMESPACE, or create it: `temporal operator namespace create --namespace NAME`.',
  });
}

/** Whether a gRPC call failed with this status code. */
function isGrpc(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
