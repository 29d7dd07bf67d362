import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { startServing, startWorker } from '../../client/processes/start.js';
import { startS3Server, type S3Server } from '../../client/servers/s3-server.js';
import { PerennialError } from '../../domain/errors.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { openStore } from '../../storage/objects/open-store.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-s3-server-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content);
const start = async (port?: number): Promise<S3Server> => {
  const server = await startS3Server({ dataDir: join(folder, 's3'), ...(port !== undefined && { port }) });
  onTestFinished(() => server.stop());
  return server;
};
const open = ({ environment }: S3Server): ObjectStore =>
  openStore('s3://perennial/store', { cache: join(folder, 'cache'), env: { ...environment } });
const portOf = ({ endpoint }: S3Server): number => Number(new URL(endpoint).port);

describe('an S3 server of our own', () => {
  it('goes on with its objects and its keys after kill -9', async () => {
    const first = await start();
    await open(first).put('k', bytes('1'), { ifNoneMatch: '*' });
    await first.kill9();
    const second = await start();
    expect(second.environment.AWS_SECRET_ACCESS_KEY).toBe(first.environment.AWS_SECRET_ACCESS_KEY);
    expect(await open(second).put('k', bytes('2'), { ifNoneMatch: '*' })).toEqual({
      stored: false,
      reason: 'exists',
    });
    expect(text((await open(second).get('k'))?.bytes)).toBe('1');
  });

  it('shows its secret to its owner alone: in one file, in no argument and no log', async () => {
    const server = await start();
    await open(server).put('k', bytes('1'));
    const { AWS_SECRET_ACCESS_KEY: secret } = server.environment;
    expect(readFileSync(server.environmentFile, 'utf8')).toContain(`AWS_SECRET_ACCESS_KEY=${secret}\n`);
    expect(statSync(server.environmentFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(server.logFile, 'utf8')).not.toContain(secret);
    expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(secret);
  });

  it('refuses a second one on its folder, and a port that is taken', async () => {
    const server = await start();
    await expect(start(portOf(server))).rejects.toMatchObject({ type: 's3-already-running' });
    const elsewhere = startS3Server({ dataDir: join(folder, 'other'), port: portOf(server) });
    await expect(elsewhere).rejects.toMatchObject({ type: 'port-taken' });
  }, 60_000);

  it('that is killed three times loses and doubles nothing of what four writers count together', async () => {
    let server = await start();
    const port = portOf(server);
    const store = open(server);
    const written: number[] = [];
    let unknown = 0;
    const count = async (): Promise<void> => {
      while ((written.at(-1) ?? 0) < 400) {
        const next = await increment(store).catch((error: unknown) => {
          if (!(error instanceof PerennialError) || error.type !== 'store-unavailable') throw error;
          unknown += 1; // may or may not have been stored
          return undefined;
        });
        if (next !== undefined) written.push(next);
      }
    };
    const counting = Promise.all([count(), count(), count(), count()]);
    for (const until of [50, 150, 250]) {
      await expect.poll(() => written.length).toBeGreaterThan(until);
      await server.kill9();
      server = await start(port);
    }
    await counting;
    const last = Number(text((await store.get('n'))?.bytes));
    expect(new Set(written).size).toBe(written.length);
    expect(Math.max(...written)).toBeLessThanOrEqual(last);
    expect(last - written.length).toBeLessThanOrEqual(unknown);
  });
});

/** Adds one by compare-and-swap; gives the number when this call wrote it. */
async function increment(store: ObjectStore): Promise<number | undefined> {
  const found = await store.get('n');
  const next = 1 + Number(text(found?.bytes) || '0');
  const condition = found === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: found.etag };
  return (await store.put('n', bytes(String(next)), condition)).stored ? next : undefined;
}

describe('a process whose store cannot be used', () => {
  const config = () => ({ state: folder, clock: 'wall' as const, environment: inject('s3Environment') });

  it('ends at its start and names what is wrong: a worker', async () => {
    const worker = startWorker({
      ...config(),
      store: 's3://no-such-bucket/x',
      dataRoots: [folder],
      servingUrls: [],
      approvers: {},
      address: inject('temporalAddress'),
      namespace: inject('temporalNamespace'),
      taskQueue: 'no-store',
      staged: false,
    });
    await expect(worker).rejects.toThrow(/NoSuchBucket'; expected a bucket that exists. Create the bucket/);
  });

  it('ends at its start and names what is wrong: serving', async () => {
    const environment = { ...inject('s3Environment'), AWS_SECRET_ACCESS_KEY: '' };
    const serving = startServing({ ...config(), environment, store: 's3://perennial/x' });
    await expect(serving).rejects.toThrow(/AWS_SECRET_ACCESS_KEY: not set/);
  });
});
