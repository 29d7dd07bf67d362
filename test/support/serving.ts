import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startChild, type Child } from '../../client/processes/child.js';
import { call, type Answered } from '../../serving/test-server.js';
import { scratchFolder } from '../../storage/fixtures.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';

/** A folder with a store, for serving processes of one test. Everything is stopped and removed when the test ends. */
export interface ServingBench {
  readonly store: ObjectStore;
  readonly folder: string;
  /** Starts `serving/main.ts` on the store; another `spool` is another replica. */
  start(env?: Record<string, string>, spool?: string): Promise<ServingProcess>;
}

/** A serving process. */
export interface ServingProcess extends Child {
  readonly url: string;
  readonly logFile: string;
  /** POST with a body, else GET. */
  call(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

/** An empty bench. */
export function servingBench(): ServingBench {
  const folder = scratchFolder();
  const children: Child[] = [];
  onTestFinished(async () => {
    await Promise.all(children.map((child) => child.kill9()));
    folder.remove();
  });
  const storeFolder = join(folder.path, 'store');
  return {
    store: createLocalStore({ root: storeFolder }),
    folder: folder.path,
    start: async (env = {}, spool = 'r1') => {
      const logFile = join(folder.path, `${spool}.log`);
      const child = await startChild({
        name: 'serving',
        entry: 'serving/main.ts',
        env: {
          PERENNIAL_STORE: storeFolder,
          PERENNIAL_SPOOL: join(folder.path, spool),
          PERENNIAL_REPLICA: spool,
          ...env,
        },
        logFile,
        readyEvent: 'listening',
      });
      children.push(child);
      const url = String(child.ready['url']);
      return { ...child, url, logFile, call: (path, body, headers) => call(url + path, body, headers) };
    },
  };
}

/** Calls again and again from several connections at once until told to stop; throws when a call fails. */
export function keepCalling(connections: number, once: () => Promise<void>): () => Promise<number> {
  let running = true;
  let calls = 0;
  const loop = async (): Promise<void> => {
    while (running) {
      await once();
      calls += 1;
    }
  };
  const loops = Promise.all(Array.from({ length: connections }, loop));
  loops.catch(() => (running = false));
  return async () => {
    running = false;
    await loops;
    return calls;
  };
}
