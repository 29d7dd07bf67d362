import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureS3Binary } from '../../client/servers/s3-binary.js';
import { startS3Server, type S3Environment } from '../../client/servers/s3-server.js';
import { ensureTemporalBinary } from '../../client/servers/temporal-binary.js';
import { startTemporalServer } from '../../client/servers/temporal-server.js';
import { bundleForAll } from './workflow-bundles.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the dev server that all system tests share. */
    temporalAddress: string;
    temporalNamespace: string;
    /** Web UI of that server. */
    temporalUiUrl: string;
    /** How processes reach the S3 server that all system tests share. Every test takes a prefix of its own. */
    s3Environment: S3Environment;
  }
}

/** Gets the Temporal CLI and the S3 server (minutes on a machine that never had them) and starts one of each for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = (line: string): void => console.log(line);
  const binary = await ensureTemporalBinary({ progress });
  const s3Binary = ownS3 ? undefined : await ensureS3Binary({ progress });
  const dataDir = mkdtempSync(join(tmpdir(), 'perennial-temporal-'));
  await bundleForAll(join(dataDir, 'bundles'));
  const server = await startTemporalServer({ dataDir, binary, progress });
  const s3 = s3Binary && (await startS3Server({ dataDir: join(dataDir, 's3'), binary: s3Binary, progress }));
  project.provide('temporalAddress', server.address);
  project.provide('temporalNamespace', server.namespace);
  project.provide('temporalUiUrl', server.uiUrl);
  project.provide('s3Environment', s3?.environment ?? givenS3());
  return async () => {
    await s3?.stop();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

// `PERENNIAL_TEST_S3=own` runs the suites on the S3 service of the environment, which has a bucket `perennial` for them.
const ownS3 = process.env['PERENNIAL_TEST_S3'] === 'own';

function givenS3(): S3Environment {
  const given = (name: keyof S3Environment): string => process.env[name] ?? '';
  return {
    AWS_ENDPOINT_URL_S3: given('AWS_ENDPOINT_URL_S3'),
    AWS_ACCESS_KEY_ID: given('AWS_ACCESS_KEY_ID'),
    AWS_SECRET_ACCESS_KEY: given('AWS_SECRET_ACCESS_KEY'),
    AWS_REGION: given('AWS_REGION'),
  };
}
