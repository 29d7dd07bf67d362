import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startChild } from './child.js';
import { startCodecServer } from './codec.js';

const key = Buffer.alloc(32, 1).toString('base64');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-codec-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the codec server as a process', () => {
  it('is not started without keys', async () => {
    vi.stubEnv('PERENNIAL_PAYLOAD_KEYS', '');
    expect(await startCodecServer(folder, 8233)).toBeUndefined();
  });

  it('answers the pages of one Web UI, and ends when it is told to', async () => {
    vi.stubEnv('PERENNIAL_PAYLOAD_KEYS', `k1:${key}`);
    const codec = await startCodecServer(folder, undefined);
    if (codec === undefined) throw new Error('it was not started');
    const ask = (origin: string) =>
      fetch(`${codec.url}/encode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: '{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="}]}',
      });
    expect((await ask(`http://localhost:${codec.uiPort}`)).status).toBe(200);
    expect((await ask(`http://localhost:${codec.uiPort + 1}`)).status).toBe(403);
    await codec.stop();
    expect(codec.running()).toBe(false);
    expect(readFileSync(join(folder, 'logs', 'codec-server.log'), 'utf8')).not.toContain(key);
  });

  it('refuses to listen beyond this machine without a token', async () => {
    const env = { PERENNIAL_PAYLOAD_KEYS: `k1:${key}`, PERENNIAL_CODEC_HOST: '0.0.0.0' };
    const start = startChild({
      ...{ name: 'codec server', entry: 'client/codec-server/main.ts', env },
      ...{ logFile: join(folder, 'log'), readyEvent: 'listening' },
    });
    await expect(start).rejects.toThrow(
      /PERENNIAL_CODEC_HOST is '0.0.0.0'; expected a loopback address.*PERENNIAL_CODEC_TOKEN/,
    );
  });
});
