import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectClient } from '../../client/servers/connect.js';
import { examineCluster } from '../../client/servers/doctor-parts.js';
import { connectTemporal } from '../../worker/connect-temporal.js';
import { openCloudDoor, type CloudDoor } from '../support/cloud-door.js';
import { sharedServer } from '../support/temporal.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-cloud-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const API_KEY = 'an-api-key-of-nobody';

async function door(options: { apiKey?: string }): Promise<CloudDoor> {
  const opened = await openCloudDoor(sharedServer().address, options);
  onTestFinished(() => opened.close());
  return opened;
}

/** The profile of docs/how-to/temporal-cloud.md, with the door's address and files in place of the Cloud's. */
function profile({ address, authority, certificate, key }: CloudDoor, apiKey: string): NodeJS.ProcessEnv {
  const page = readFileSync('docs/how-to/temporal-cloud.md', 'utf8');
  const [, text = ''] = /```toml\n([\s\S]*?)```/.exec(page) ?? [];
  const file = join(folder, 'temporal.toml');
  const ours = text
    .replaceAll(/address = ".*"/g, `address = "${address}"`)
    .replaceAll(/namespace = ".*"/g, `namespace = "${sharedServer().namespace}"`)
    .replace(/api_key = ".*"/, `api_key = "${apiKey}"`)
    .replace(/client_cert_path = ".*"/, `client_cert_path = "${certificate}"`)
    .replace(/client_key_path = ".*"/, `client_key_path = "${key}"`);
  writeFileSync(file, ours);
  return { TEMPORAL_CONFIG_FILE: file, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority };
}

/** What everybody who connects does: a client, a worker, `perennial doctor`. */
async function everybody(env: NodeJS.ProcessEnv): Promise<{ models: number; doctor: string }> {
  const client = await connectClient({ env, deadlineMs: 30_000 });
  const { count } = await client.workflow.count('MlModel = "nobody"');
  await client.connection.close();
  const worker = await connectTemporal(env);
  await worker.client.close();
  await worker.native.close();
  const [found] = await Promise.all(examineCluster(env));
  return { models: count, doctor: found?.status ?? 'nothing' };
}

const refusalOf = (connect: () => Promise<unknown>) =>
  connect().then(
    () => ({ type: 'none', message: '' }),
    (error: unknown) => error,
  );

describe('a door like that of Temporal Cloud', () => {
  it('lets in the profile with an API key, in TLS', async () => {
    const cloud = await door({ apiKey: API_KEY });
    const env = { ...profile(cloud, API_KEY), TEMPORAL_PROFILE: 'cloud' };
    expect(await everybody(env)).toEqual({ models: 0, doctor: 'ok' });
    expect(cloud.letIn.length).toBeGreaterThan(3);
  });

  it('lets in the profile with a certificate, in TLS', async () => {
    const cloud = await door({});
    const env = { ...profile(cloud, ''), TEMPORAL_PROFILE: 'cloud-mtls' };
    expect(await everybody(env)).toEqual({ models: 0, doctor: 'ok' });
  });

  it('refuses another key: client and worker say so at once, and show none', async () => {
    const cloud = await door({ apiKey: API_KEY });
    const env = { ...profile(cloud, 'a-wrong-key'), TEMPORAL_PROFILE: 'cloud' };
    for (const connect of [() => connectClient({ env, deadlineMs: 30_000 }), () => connectTemporal(env)]) {
      const refusal = await refusalOf(connect);
      expect(refusal).toMatchObject({
        type: 'temporal-refused',
        message: expect.stringMatching(/TEMPORAL_API_KEY/),
      });
      expect(refusal).not.toMatchObject({ message: expect.stringContaining('a-wrong-key') });
    }
    expect(cloud.letIn).toEqual([]);
  });

  it('a certificate that is not there is named before anything is connected', async () => {
    const cloud = await door({});
    const env = {
      ...profile({ ...cloud, certificate: join(folder, 'gone.pem') }, ''),
      TEMPORAL_PROFILE: 'cloud-mtls',
    };
    for (const connect of [() => connectClient({ env }), () => connectTemporal(env)])
      expect(await refusalOf(connect)).toMatchObject({
        type: 'temporal-configuration',
        message: expect.stringContaining('gone.pem'),
      });
  });
});
