import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
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

// The processes of the suite inherit it.
Object.assign(process.env, inject('s3Environment'));
const s3Store = (): StoreUnderTest => {
  const cache = mkdtempSync(join(tmpdir(), 'perennial-store-'));
  const address = `s3://perennial/contract/${randomUUID()}`;
  return {
    address: { kind: 's3', address, cache },
    remove: () => rmSync(cache, { recursive: true, force: true }),
  };
};

describeObjectStore('in an S3 bucket', s3Store);
describeStoreRaces('in an S3 bucket', s3Store);
