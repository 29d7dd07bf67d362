import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sayVersion, writeProgram } from '../../test/support/temporal-fakes.js';
import { doctorSchema } from '../cli/file-schemas.js';
import { examine, renderFindings, type Finding } from './doctor.js';
import { examineNode } from './doctor-machine.js';
import { examinePart, examinePayloadKeys } from './doctor-parts.js';
import { cachedTemporalPath } from './find-temporal.js';
import { cachedS3Path } from './s3-binary.js';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-doctor-'));
  env = {
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    TEMPORAL_CONFIG_FILE: join(folder, 'none.toml'),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function look(more: NodeJS.ProcessEnv = {}): Promise<(name: string) => Finding | undefined> {
  const findings = await examine({ env: { ...env, ...more }, ports: {} });
  return (name) => findings.find((finding) => finding.name === name);
}

describe('the doctor', () => {
  it('finds everything in order on a machine that has it', async () => {
    const path = writeProgram(cachedTemporalPath(env), sayVersion());
    const s3 = writeProgram(cachedS3Path(env), 'echo "Version  : 1.8.0"');
    const findings = await examine({ env, ports: {} });
    // What `perennial doctor --json` prints.
    expect(doctorSchema.parse(findings)).toEqual(findings);
    expect(findings.filter(({ name }) => name !== 'Free disk').map(({ status }) => status)).not.toContain(
      'missing',
    );
    expect(findings.map(({ name }) => name)).toEqual([
      'Node',
      'Temporal CLI',
      'S3 server',
      'Cache folder',
      'Free disk',
      'DuckDB',
      'ONNX Runtime',
      'TensorFlow.js (wasm)',
      'Temporal SDK core',
    ]);
    expect(findings.slice(1, 3)).toMatchObject([
      { status: 'ok', found: `server 1.31.2 (CLI 1.8.2), ${path}, from cache` },
      { status: 'ok', found: `versitygw 1.8.0, ${s3}, from cache` },
    ]);
  });

  it('says which payload key encrypts, and shows none', async () => {
    const keys = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    const text = `new:${keys[0]},old:${keys[1]}`;
    expect(examinePayloadKeys({ PERENNIAL_PAYLOAD_KEYS: text })).toMatchObject([
      { name: 'Payload keys', status: 'ok', found: 'new encrypts; old only decrypts' },
    ]);
    const [wrong] = examinePayloadKeys({ PERENNIAL_PAYLOAD_KEYS: `new:${keys[0]},${keys[1]}` });
    expect(wrong).toMatchObject({ status: 'missing', found: expect.stringContaining('entry 2 is not') });
    expect(JSON.stringify(wrong)).not.toContain(keys[1]);
    expect(examinePayloadKeys({})).toEqual([]);
  });

  it('takes a missing S3 server for a warning, and says what gets it', async () => {
    writeProgram(cachedTemporalPath(env), sayVersion());
    writeProgram(join(folder, 'bin', 'versitygw'), 'echo "Version  : v1.7.0"');
    expect((await look())('S3 server')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('is versitygw 1.7.0; needed is 1.8.0 or newer') as unknown,
      fix: expect.stringContaining("-X main.Version=1.8.0' -o") as unknown,
    });
  });

  it('says what gets a missing Temporal CLI, and looks at Go only then', async () => {
    writeProgram(join(folder, 'bin', 'go'), 'echo "go version go1.20 linux/amd64"');
    const at = await look();
    expect(at('Temporal CLI')).toMatchObject({
      status: 'missing',
      fix: expect.stringContaining('go build') as unknown,
    });
    expect(at('Go')).toMatchObject({ status: 'warning', found: '1.20' });
    expect(at('Free disk')?.needed).toBe('6 GB to build the Temporal server');
  });

  it('names a file that is skipped', async () => {
    writeProgram(join(folder, 'bin', 'temporal'), sayVersion('1.25.0'));
    writeProgram(cachedTemporalPath(env), sayVersion());
    const finding = (await look())('Temporal CLI');
    expect(finding).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('holds server 1.25.0') as unknown,
    });
  });

  it('names a wrong TEMPORAL_CLI', async () => {
    const finding = (await look({ TEMPORAL_CLI: '/nowhere/temporal' }))('Temporal CLI');
    expect(finding).toMatchObject({
      status: 'missing',
      fix: expect.stringContaining('TEMPORAL_CLI') as unknown,
    });
  });

  it('names a server of the environment that does not answer, and a configuration that cannot be read', async () => {
    const silentServer = (await look({ TEMPORAL_ADDRESS: 'no address' }))('Temporal server');
    expect(silentServer).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('no address') as unknown,
    });
    const profile = (await look({ TEMPORAL_PROFILE: 'nobody' }))('Temporal server');
    expect(profile).toMatchObject({ status: 'missing', found: expect.stringContaining('nobody') as unknown });
  });

  it('names a bucket that cannot be reached, and what it lacks to be reached', async () => {
    const store = { PERENNIAL_STORE: 's3://bucket/prefix', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
    expect((await look(store))('Object store')).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('AWS_ACCESS_KEY_ID: not set') as unknown,
    });
    const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'planted-secret' };
    const finding = (await look({ ...store, ...keys }))('Object store');
    expect(finding).toMatchObject({
      status: 'missing',
      fix: expect.stringContaining('Check AWS_ENDPOINT_URL_S3') as unknown,
    });
    expect(JSON.stringify(finding)).not.toContain('planted');
  });

  it('names a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const findings = await examine({ env, ports: { 'Serving port': port } });
    expect(findings.at(-1)).toMatchObject({
      name: 'Serving port',
      status: 'warning',
      found: `${port} is taken`,
    });
  });

  it('names a part that does not load, and survives one that crashes', async () => {
    const part = { name: 'Thing', module: 'thing' };
    const missing = await examinePart({ ...part, script: "await import('no-such-package')" }, process.env);
    expect(missing).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('no-such-package') as unknown,
    });
    const crashed = await examinePart(
      { ...part, script: "process.kill(process.pid, 'SIGSEGV')" },
      process.env,
    );
    expect(crashed).toMatchObject({
      status: 'missing',
      fix: expect.stringContaining('npm install') as unknown,
    });
  });

  it('wants a Node that is new enough', () => {
    expect(examineNode('18.20.0')).toMatchObject({ status: 'missing', needed: '20.19.0 or newer' });
    expect(examineNode('24.0.0')).toMatchObject({ status: 'ok', fix: '' });
  });
});

it('renders findings as aligned lines, with what to do below those that need something', () => {
  const text = renderFindings([
    { name: 'Node', status: 'ok', found: '24.1.0', needed: '20.19.0 or newer', fix: '' },
    { name: 'Temporal CLI', status: 'missing', found: 'none', needed: 'one', fix: 'get it' },
  ]);
  expect(text).toBe(
    [
      'ok       Node          24.1.0',
      'missing  Temporal CLI  none',
      '                       needed: one',
      '                       fix: get it',
    ].join('\n'),
  );
});
