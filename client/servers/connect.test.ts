import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PerennialError } from '../../domain/errors.js';
import { connectClient, temporalTarget } from './connect.js';

/** An environment whose configuration file says this. */
function envWith(toml: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-connect-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'temporal.toml'), toml);
  return { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml'), ...more };
}

function refusalOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof PerennialError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const EMPTY = '[profile.default]\n';
const CLOUD = `
[profile.default]
address = "cluster.example:7233"
namespace = "ml"
[profile.cloud]
address = "ml.abc12.tmprl.cloud:7233"
namespace = "ml.abc12"
api_key = "key"
`;

describe('the Temporal server that is meant', () => {
  it('is the local one when nothing says otherwise', () => {
    expect(temporalTarget({ env: envWith(EMPTY) })).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'default',
      connectionOptions: expect.objectContaining({ address: '127.0.0.1:7233' }) as unknown,
      from: 'default',
    });
  });

  it('is what TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE name', () => {
    const env = envWith(EMPTY, { TEMPORAL_ADDRESS: 'cluster.example:7233', TEMPORAL_NAMESPACE: 'ml' });
    expect(temporalTarget({ env })).toMatchObject({
      address: 'cluster.example:7233',
      namespace: 'ml',
      from: 'environment',
    });
  });

  it("is what a profile of Temporal's own file names, with its API key over TLS", () => {
    expect(temporalTarget({ env: envWith(CLOUD) })).toMatchObject({
      address: 'cluster.example:7233',
      namespace: 'ml',
    });
    const target = temporalTarget({ env: envWith(CLOUD, { TEMPORAL_PROFILE: 'cloud' }) });
    expect(target).toMatchObject({
      address: 'ml.abc12.tmprl.cloud:7233',
      namespace: 'ml.abc12',
      connectionOptions: { apiKey: 'key', tls: true },
    });
  });

  it("is the caller's before all others, without the key and namespace of another server", () => {
    const target = temporalTarget({
      address: '127.0.0.1:1234',
      env: envWith(CLOUD, { TEMPORAL_PROFILE: 'cloud' }),
    });
    expect(target).toMatchObject({ address: '127.0.0.1:1234', namespace: 'default', from: 'caller' });
    expect(target.connectionOptions).toEqual({ address: '127.0.0.1:1234' });
  });

  it.each([
    [
      'an unknown profile',
      envWith.bind(undefined, CLOUD, { TEMPORAL_PROFILE: 'clod' }),
      /is 'clod'.*TEMPORAL_PROFILE/,
    ],
    [
      'a file that is no TOML',
      envWith.bind(undefined, '[profile'),
      /Temporal configuration is .*readable file/,
    ],
  ])('is refused for %s', (_what, env, message) => {
    expect(() => temporalTarget({ env: env() })).toThrow(PerennialError);
    expect(() => temporalTarget({ env: env() })).toThrow(message);
  });

  it.each(['api_key = "key-to-the-cloud', 'api_key = "key-to-the-cloud"\naddress = x:7233'])(
    'is refused for a slip in the file by its place alone, not by the lines around it: %j',
    (lines) => {
      const env = envWith(`[profile.default]\n${lines}\n`);
      const refusal = refusalOf(() => temporalTarget({ env }));
      expect(refusal.message).toMatch(/Invalid TOML document: .*, line \d, column \d+/);
      expect(inspect(refusal)).not.toContain('key-to-the-cloud');
    },
  );
});

describe('connecting', () => {
  it.each(['127.0.0.1:9', 'nowhere.invalid:7233', 'no port:x', ''])(
    'to %j ends with what to do',
    async (address) => {
      const attempt = connectClient({ address, deadlineMs: 200, env: envWith(EMPTY) });
      await expect(attempt).rejects.toThrow(/Start one with `perennial up`, or set TEMPORAL_ADDRESS/);
    },
  );

  it('to a program that takes the call and never answers ends at the deadline', async () => {
    const server = createServer();
    const port = await listen(server);
    const attempt = connectClient({ address: `127.0.0.1:${port}`, deadlineMs: 200, env: envWith(EMPTY) });
    await expect(attempt).rejects.toMatchObject({ type: 'temporal-unreachable' });
  });
});

function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
