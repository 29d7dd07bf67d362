import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { scratchFolder } from '../fixtures.js';
import { createLocalStore } from '../objects/local-store.js';
import { openSegmentLog } from './segment-log.js';

it('takes lines to the disk while the store keeps an upload waiting, and stores each once', async () => {
  const folder = scratchFolder();
  onTestFinished(folder.remove);
  const store = createLocalStore({ root: join(folder.path, 'store') });
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let puts = 0;
  const slow: typeof store = {
    ...store,
    put: async (...put) => {
      puts += 1;
      await held;
      return store.put(...put);
    },
  };
  const spool = join(folder.path, 'spool');
  const log = openSegmentLog({ store: slow, prefix: 'log/', spool });
  log.append(['"first"']);
  const flushed = log.flush();
  await expect.poll(() => puts).toBe(1);
  log.append(['"second"']);
  await expect.poll(() => readFileSync(join(spool, 'open.ndjson'), 'utf8')).toBe('"second"\n');
  expect(log.state()).toMatchObject({ taken: 2, stored: 0, waiting: 0, lost: 0, problem: null });
  letGo();
  await flushed;
  expect(log.state()).toMatchObject({ stored: 1 });
  await log.close();
  const segments = ['log/00000001.ndjson', 'log/00000002.ndjson'].map((key) => store.get(key));
  const lines = (await Promise.all(segments)).map((segment) => Buffer.from(segment?.bytes ?? []).toString());
  expect(lines).toEqual(['"first"\n', '"second"\n']);
  expect(log.state()).toMatchObject({ taken: 2, stored: 2 });
});
