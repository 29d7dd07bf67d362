import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { connectTemporal } from './connect-temporal.js';

it('names the place of a slip in the configuration file, and quotes no line of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-connect-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, '[profile.default]\napi_key = "key-to-the-cloud\naddress = "x:7233"\n');
  const refused: unknown = await connectTemporal({ TEMPORAL_CONFIG_FILE: file }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ type: 'temporal-configuration' });
  expect(inspect(refused)).toMatch(/line 2, column/);
  expect(inspect(refused)).not.toContain('key-to-the-cloud');
});
