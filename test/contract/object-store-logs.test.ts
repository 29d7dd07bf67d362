import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLocalStore } from '../../storage/objects/local-store.js';
import { openPredictionWriter } from '../../storage/predictions/prediction-writer.js';
import { predictionSegments } from '../../storage/predictions/segments.js';

const ENTRY = fileURLToPath(new URL('./object-store-log-process.ts', import.meta.url));
const CRASHES = process.env['PERENNIAL_SOAK'] === '1' ? 20 : 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a logging process until it confirmed `flushes` flushes, then kills it. Returns the last number it confirmed. */
async function logAndCrash(first: number, flushes: number): Promise<number> {
  const args = ['--import', 'tsx', ENTRY, join(folder, 'store'), join(folder, 'spool'), String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let confirmed = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed = Number(line);
    seen += 1;
    if (seen === flushes) child.kill('SIGKILL');
  }
  await gone;
  return confirmed;
}

it('a killed process loses nothing that a flush confirmed, and nothing is logged twice or torn', async () => {
  const store = createLocalStore({ root: join(folder, 'store') });
  let next = 0;
  for (let crash = 0; crash < CRASHES; crash++) {
    const confirmed = await logAndCrash(next, 1 + (crash % 3));
    const recovering = openPredictionWriter({
      store,
      model: 'm',
      replica: 'r',
      spool: join(folder, 'spool'),
    });
    await recovering.close();
    const files = await predictionSegments(store, 'm');
    const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
    const ids = lines.map((line) => Number((JSON.parse(line) as { prediction_id: string }).prediction_id));
    expect(ids.length).toBeGreaterThanOrEqual(confirmed);
    expect(ids).toEqual(Array.from(ids, (_, i) => i));
    next = ids.length;
  }
});
