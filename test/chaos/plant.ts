import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../client/processes/child.js';
import { startServing, startWorker, type ServingChild } from '../../client/processes/start.js';
import { Perennial } from '../../client/index.js';
import { freePort } from '../../client/servers/free-port.js';
import { LOCAL_BUCKET, startS3Server, type S3Server } from '../../client/servers/s3-server.js';
import { startTemporalServer, type TemporalServer } from '../../client/servers/temporal-server.js';
import { startS3Proxy, type S3Proxy } from '../support/s3-proxy.js';
import { PARTS, type Part } from './phases.js';

const STORE = `s3://${LOCAL_BUCKET}/store`;

/** Everyone who may approve. */
export const APPROVER = 'ada';

interface Running {
  temporal?: TemporalServer;
  s3?: S3Server;
  serving?: ServingChild;
  worker?: Child;
}

interface PlantParts {
  readonly proxies: Plant['proxies'];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the processes listen, before and after a restart. */
type Ports = Readonly<Record<'temporal' | 'ui' | 's3' | 'serving', number>>;

/**
 * A Temporal server, an S3 server, a worker and a serving replica, each a process of its own that can be killed and started again where it
 * was, as a supervisor would. Worker and serving reach the store through a proxy each.
 */
export class Plant {
  readonly folder: string;
  /** What the worker, and what serving, asks of the store passes here. */
  readonly proxies: { readonly worker: S3Proxy; readonly serving: S3Proxy };
  readonly #ports: Ports;
  readonly #running: Running = {};
  #client: Promise<Perennial> | undefined;
  readonly #clients: Promise<Perennial>[] = [];
  #stopped = false;

  /** Added to the environment of worker and serving. */
  readonly #extra: Readonly<Record<string, string>>;

  private constructor(folder: string, ports: Ports, { proxies, environment }: PlantParts) {
    this.folder = folder;
    this.#extra = environment;
    this.#ports = ports;
    this.proxies = proxies;
  }

  /** Starts everything in an empty folder, and resolves when all answer. */
  static async start(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<Plant> {
    mkdirSync(join(folder, 'data'), { recursive: true });
    const ports = {
      ...{ temporal: await freePort(), ui: await freePort() },
      ...{ s3: await freePort(), serving: await freePort() },
    };
    const target = `http://127.0.0.1:${ports.s3}`;
    const proxies = { worker: await startS3Proxy(target), serving: await startS3Proxy(target) };
    const plant = new Plant(folder, ports, { proxies, environment });
    try {
      await Promise.all([plant.start('temporal'), plant.start('s3')]);
      await Promise.all([plant.start('serving'), plant.start('worker')]);
    } catch (error) {
      await plant.stop();
      throw error;
    }
    return plant;
  }

  /** Folder below which the spec's files lie. */
  get dataRoot(): string {
    return join(this.folder, 'data');
  }

  get serving(): { readonly url: string } {
    return { url: `http://127.0.0.1:${this.#ports.serving}` };
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(part: Part): Promise<void> {
    const process = this.#running[part];
    if (process === undefined) throw new Error(`${part} does not run`);
    await process.kill9();
    if (part === 'temporal') this.#forgetClient();
  }

  /** Starts a process where it was, again and again until it is up. */
  async start(part: Part, withinMs = 60_000): Promise<void> {
    const end = performance.now() + withinMs;
    for (;;) {
      try {
        return await this.#startOnce(part);
      } catch (error) {
        if (this.#stopped || performance.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** A client. After the Temporal server was killed it is another one, which need not wait until a lost connection is tried again. */
  client(): Promise<Perennial> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  /** Kills everything. Twice is fine. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#forgetClient();
    for (const client of this.#clients) await (await client.catch(() => undefined))?.close();
    await Promise.all(PARTS.map((part) => this.#running[part]?.kill9()));
    await Promise.all([this.proxies.worker.close(), this.proxies.serving.close()]);
  }

  async #startOnce(part: Part): Promise<void> {
    const { temporal, ui, s3, serving } = this.#ports;
    const state = this.folder;
    const running = this.#running;
    switch (part) {
      case 'temporal': {
        const options = { dataDir: join(state, 'temporal'), port: temporal, uiPort: ui };
        running.temporal = await startTemporalServer(options);
        return;
      }
      case 's3':
        running.s3 = await startS3Server({ dataDir: join(state, 's3'), port: s3 });
        return;
      case 'serving': {
        const config = { state, store: STORE, port: serving, clock: 'stepped' as const };
        running.serving = await startServing({
          ...config,
          environment: this.#environment(this.proxies.serving),
        });
        return;
      }
      case 'worker':
        running.worker = await startWorker(this.#workerConfig());
    }
  }

  #workerConfig() {
    return {
      ...{ state: this.folder, store: STORE, dataRoots: [this.dataRoot], servingUrls: [this.serving.url] },
      ...{ approvers: { 'ml-leads': [APPROVER] }, address: `127.0.0.1:${this.#ports.temporal}` },
      ...{ namespace: 'default', taskQueue: 'perennial', clock: 'stepped' as const, staged: false },
      environment: this.#environment(this.proxies.worker),
    };
  }

  /** How a process reaches the store: the server's keys, at the address of a proxy. */
  #environment(proxy?: S3Proxy): Record<string, string> {
    const { s3 } = this.#running;
    if (s3 === undefined) throw new Error('the S3 server was never started');
    return { ...s3.environment, ...this.#extra, ...(proxy && { AWS_ENDPOINT_URL_S3: proxy.endpoint }) };
  }

  #connect(): Promise<Perennial> {
    const address = `127.0.0.1:${this.#ports.temporal}`;
    return Perennial.connect({
      ...{ state: join(this.folder, 'client'), store: STORE, address, namespace: 'default' },
      ...{ serving: this.serving.url, by: APPROVER, acceptWithinMs: 5000, answerWithinMs: 30_000 },
      env: this.#environment(),
    });
  }

  /** Not closed yet: a call of it may be under way, and would be tried again on a closed connection. */
  #forgetClient(): void {
    if (this.#client !== undefined) this.#clients.push(this.#client);
    this.#client = undefined;
  }
}
