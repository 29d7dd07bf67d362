import { tmpdir } from 'node:os';
import { PerennialError } from '../../domain/errors.js';
import { SEARCH_ATTRIBUTES } from '../../domain/names.js';
import { openStore } from '../../storage/objects/open-store.js';
import { isS3Address } from '../../storage/objects/s3/s3-settings.js';
import { readPayloadKeys } from '../../storage/payloads/payload-keys.js';
import { openConnection, temporalTarget, type TemporalTarget } from './connect.js';
import type { Finding } from './doctor-machine.js';
import { projectRoot } from './project-root.js';
import { failureOf, runCommand } from './run-command.js';
import { createAttributesLine, missingSearchAttributes } from './temporal-namespace.js';

interface NativePart {
  readonly name: string;
  readonly module: string;
  /** Uses the part once; what it prints is its version. */
  readonly script: string;
}

const NATIVE_PARTS: readonly NativePart[] = [
  {
    name: 'DuckDB',
    module: '@duckdb/node-api',
    script: `
      const { DuckDBInstance, version } = await import('@duckdb/node-api');
      const connection = await (await DuckDBInstance.create(':memory:')).connect();
      await connection.run('select 1');
      console.log(version());`,
  },
  {
    name: 'ONNX Runtime',
    module: 'onnxruntime-node',
    script: `
      const { default: ort } = await import('onnxruntime-node');
      new ort.Tensor('float32', [1], [1]);
      console.log(ort.env.versions.node);`,
  },
  {
    name: 'TensorFlow.js (wasm)',
    module: '@tensorflow/tfjs-backend-wasm',
    script: `
      const tf = await import('@tensorflow/tfjs-core');
      const wasm = await import('@tensorflow/tfjs-backend-wasm');
      if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
      console.log(wasm.version_wasm);`,
  },
  {
    name: 'Temporal SDK core',
    module: '@temporalio/worker',
    script: `
      const { Runtime } = await import('@temporalio/worker');
      await Runtime.instance().shutdown();
      console.log('loads');`,
  },
];

const CLUSTER = {
  name: 'Temporal server',
  needed: 'an answer, the namespace and its search attributes',
} as const;

/** The parts that come as machine code: each is loaded once, in a process of its own, so that one that crashes is a finding. */
export function examineNativeParts(env: NodeJS.ProcessEnv): Promise<Finding>[] {
  return NATIVE_PARTS.map((part) => examinePart(part, env));
}

/** Loads one part. */
export async function examinePart(
  { name, module, script }: NativePart,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  const args = ['--input-type=module', '--eval', script];
  const result = await runCommand(process.execPath, args, { cwd: projectRoot(), env, timeoutMs: 60_000 });
  const ok = result.code === 0;
  const failure = /^\S*Error.*$/m.exec(result.stderr)?.[0] ?? failureOf(result);
  return {
    name,
    status: ok ? 'ok' : 'missing',
    found: ok ? result.stdout.trim() : failure,
    needed: `${module} to load on ${process.platform}-${process.arch}`,
    fix: ok
      ? ''
      : 'npm install (machine code comes for glibc Linux, macOS and Windows; not for Alpine Linux)',
  };
}

/** The Temporal server that the environment names: reachable, and with the search attributes. Nothing when it names none. */
export function examineCluster(env: NodeJS.ProcessEnv): Promise<Finding>[] {
  try {
    const target = temporalTarget({ env });
    return target.from === 'default' ? [] : [examineTarget(target, env).catch(clusterMissing)];
  } catch (error) {
    return [Promise.resolve(clusterMissing(error))];
  }
}

async function examineTarget(
  { address, namespace }: TemporalTarget,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  const connection = await openConnection({ env });
  const found = `${address}, namespace ${namespace}`;
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return { ...CLUSTER, status: 'ok', found, fix: '' };
    const fix = createAttributesLine(namespace, missing);
    return { ...CLUSTER, status: 'missing', found: `${found}; it lacks ${missing.join(', ')}`, fix };
  } catch (error) {
    if (error instanceof PerennialError) throw error;
    // It answered and lets us in, but does not show us its search attributes: an API key may be allowed no more.
    const fix = `see that the namespace has ${Object.keys(SEARCH_ATTRIBUTES).join(', ')} (all Keyword)`;
    return { ...CLUSTER, status: 'warning', found: `${found}; its search attributes cannot be listed`, fix };
  } finally {
    await connection.close();
  }
}

/** The object store that the environment names, when it is a bucket: reachable and readable. Nothing is written. */
export function examineStore(env: NodeJS.ProcessEnv): Promise<Finding>[] {
  const address = env['PERENNIAL_STORE'] ?? '';
  if (!isS3Address(address)) return [];
  const finding = { name: 'Object store', needed: 'a bucket that answers and may be listed' };
  const look = async (): Promise<Finding> => {
    const models = await openStore(address, { cache: tmpdir(), env }).folders('models/');
    return { ...finding, status: 'ok', found: `${address}, ${models.length} models`, fix: '' };
  };
  return [
    look().catch((error: unknown) => {
      const found = error instanceof Error ? error.message : String(error);
      const fix = error instanceof PerennialError ? error.refusal.next : 'correct PERENNIAL_STORE';
      return { ...finding, status: 'missing', found, fix };
    }),
  ];
}

/** The payload keys of the environment, when it has any: readable, and which one encrypts. No key is shown. */
export function examinePayloadKeys(env: NodeJS.ProcessEnv): Finding[] {
  const finding = {
    name: 'Payload keys',
    needed: 'id:key entries, the same keys under the same ids everywhere',
  };
  try {
    const [first, ...others] = readPayloadKeys(env).ids;
    if (first === undefined) return [];
    const rest =
      others.length === 0 ? '' : `; ${others.join(', ')} only decrypt${others.length === 1 ? 's' : ''}`;
    return [{ ...finding, status: 'ok', found: `${first} encrypts${rest}`, fix: '' }];
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error;
    return [{ ...finding, status: 'missing', found: error.message, fix: error.refusal.next }];
  }
}

function clusterMissing(error: unknown): Finding {
  const found = error instanceof Error ? error.message : String(error);
  const fix = error instanceof PerennialError ? error.refusal.next : 'correct TEMPORAL_ADDRESS and the rest';
  return { ...CLUSTER, status: 'missing', found, fix };
}
