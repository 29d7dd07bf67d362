import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStoreRaces } from './object-store-races.js';
import { describeObjectStore, type StoreUnderTest } from './object-store.js';

// Every kind of store joins here: one line each.
const localStore = (): StoreUnderTest => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-store-'));
  const root = join(folder, 'store');
  return { address: { kind: 'local', root }, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

describeObjectStore('in a local folder', localStore);
describeStoreRaces('in a local folder', localStore);
