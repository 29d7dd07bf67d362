import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry } from '../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import { startTestServer, type TestServer } from './test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(async (store) => {
    const champion = await registerHandMade(store, constant(1));
    await createRegistry(store).setAliases(aliasesAt(5, { champion }));
  });
});
afterAll(() => server.remove());

it('the pin that a newer program kept stops the start by name, and stays as it is', async () => {
  const kept = join(server.spoolFolder, 'state', 'pins', 'bike-demand.json');
  const written = readFileSync(kept, 'utf8');
  const newer = written.replace('perennial-pin/1', 'perennial-pin/2').replace('"baking":false,', '');
  writeFileSync(kept, newer);
  await expect(server.restart()).rejects.toThrow('expected formats up to perennial-pin/1');
  expect(readFileSync(kept, 'utf8')).toBe(newer);
  writeFileSync(kept, written);
  await server.restart();
  expect((await server.call('/v2/models/bike-demand/status')).body).toMatchObject({ generation: 5 });
});
