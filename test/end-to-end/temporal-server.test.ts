import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectClient, openConnection } from '../../client/servers/connect.js';
import { examine } from '../../client/servers/doctor.js';
import { runningTemporalServer } from '../../client/servers/temporal-folder.js';
import { ensureSearchAttributes, missingSearchAttributes } from '../../client/servers/temporal-namespace.js';
import {
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../client/servers/temporal-server.js';
import { SEARCH_ATTRIBUTES } from '../../domain/names.js';
import { sharedServer, testClient, uniqueName } from '../support/temporal.js';
import type { timer } from '../support/temporal-timer-workflow.js';

const WAIT = { timeout: 60_000, interval: 50 };
const workflowsPath = fileURLToPath(new URL('../support/temporal-timer-workflow.ts', import.meta.url));
const starter = fileURLToPath(new URL('../support/temporal-starter.ts', import.meta.url));

// Takes the port of `--port`, hangs up on its first caller, and is gone.
const GIVES_UP = `#!${process.execPath}
const port = process.argv[process.argv.indexOf('--port') + 1];
require('node:net').createServer((socket) => {
  console.log('a port of mine is gone');
  process.exit(1);
}).listen(port, '127.0.0.1');
`;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'perennial-server-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function start(options: Omit<TemporalServerOptions, 'dataDir'> = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ dataDir, ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function clientOf({ address }: { address: string }): Promise<Client> {
  const client = await connectClient({ address, deadlineMs: 30_000 });
  onTestFinished(() => client.connection.close());
  return client;
}

const portOf = ({ address }: { address: string }): number => Number(address.split(':')[1]);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie that nobody has asked for yet is dead to us.
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('the shared dev server', () => {
  it('keeps closed workflows for 30 days', async () => {
    const client = await testClient();
    const { namespace } = sharedServer();
    const description = await client.workflowService.describeNamespace({ namespace });
    expect(description.config?.workflowExecutionRetentionTtl?.seconds?.toNumber()).toBe(30 * 24 * 3600);
  });

  it('has the search attributes, and takes them again without complaint', async () => {
    const connection = await openConnection(sharedServer());
    onTestFinished(() => connection.close());
    await ensureSearchAttributes(connection, 'default');
    expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  });

  it('serves the Web UI on the loopback address', async () => {
    const { uiUrl } = sharedServer();
    expect(uiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(uiUrl);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<html');
  });

  it('is refused with a clear line for a namespace that it lacks', async () => {
    const { address } = sharedServer();
    await expect(connectClient({ address, namespace: 'nowhere' })).rejects.toThrow(
      /Temporal namespace is 'nowhere'; expected a namespace of the server at 127\.0\.0\.1/,
    );
  });

  it('is found by the doctor when the environment names it', async () => {
    const env = { ...process.env, TEMPORAL_ADDRESS: sharedServer().address };
    const findings = await examine({ env, ports: {} });
    expect(findings.find(({ name }) => name === 'Temporal server')).toMatchObject({ status: 'ok' });
  });
});

describe('a dev server on a folder', () => {
  it('goes on after kill -9: a timer from before fires', async () => {
    const server = await start();
    const client = await clientOf(server);
    const connection = await NativeConnection.connect({ address: server.address });
    const taskQueue = uniqueName('timer');
    const worker = await Worker.create({ connection, taskQueue, workflowsPath });
    const result = await worker.runUntil(async () => {
      const handle = await client.workflow.start<typeof timer>('timer', {
        taskQueue,
        workflowId: uniqueName('timer'),
        args: [3000],
      });
      await vi.waitUntil(async () => {
        const { events } = await handle.fetchHistory();
        return events?.some((event) => event.timerStartedEventAttributes);
      }, WAIT);
      await server.kill9();
      expect(isAlive(server.pid)).toBe(false);
      const again = await start({ port: portOf(server) });
      expect(again.address).toBe(server.address);
      return (await clientOf(again)).workflow.getHandle(handle.workflowId).result() as Promise<string>;
    });
    await connection.close();
    expect(result).toBe('fired');
  });

  it('gets search attributes and retention on an existing file too', async () => {
    const first = await start({ searchAttributes: {}, retentionHours: 24 });
    await first.stop();
    const second = await start({ retentionHours: 1000 });
    const connection = await openConnection({ address: second.address });
    onTestFinished(() => connection.close());
    expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    const description = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(description.config?.workflowExecutionRetentionTtl?.seconds?.toNumber()).toBe(1000 * 3600);
  });

  it('is named by its folder while it runs', async () => {
    const server = await start();
    expect(runningTemporalServer(dataDir)).toEqual({
      address: server.address,
      uiUrl: server.uiUrl,
      namespace: 'default',
      pid: server.pid,
    });
    await server.stop();
    await server.stop();
    expect(runningTemporalServer(dataDir)).toBeUndefined();
  });

  it('is refused on a port that is taken', async () => {
    const { address } = sharedServer();
    await expect(start({ port: portOf({ address }) })).rejects.toThrow(
      /Temporal port is \d+; expected a free port/,
    );
    await expect(start({ uiPort: 70_000 })).rejects.toThrow(
      /Temporal Web UI port is 70000; expected a free port/,
    );
  });

  it('says what its log says when it does not start', async () => {
    await expect(start({ extraFlags: ['--nonsense'] })).rejects.toThrow(
      /unknown flag: --nonsense.*temporal\.log/,
    );
    const server = await start();
    expect(isAlive(server.pid)).toBe(true);
  });

  it('says at once what its log says when it gives up after its port answered', async () => {
    const path = join(dataDir, 'gives-up');
    writeFileSync(path, GIVES_UP, { mode: 0o700 });
    const binary = { path, from: 'PATH', cli: '1.8.2', server: '1.32.0' } as const;
    await expect(start({ binary })).rejects.toThrow(
      /it ended (at once|soon after) \(a port of mine is gone\)/,
    );
  });

  it('ends when the process that started it is killed, and its folder is free again', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', starter, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    const { pid } = JSON.parse(String(line)) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(pid), WAIT);
    expect(isAlive((await start()).pid)).toBe(true);
  });
});

describe('a connection', () => {
  it('says what to do when nothing answers', async () => {
    await expect(connectClient({ address: '127.0.0.1:9', deadlineMs: 300 })).rejects.toThrow(
      /Temporal server is '127\.0\.0\.1:9'; expected .* answers within 0\.3 s .* Start one with `perennial up`, or set TEMPORAL_ADDRESS/,
    );
  });
});
