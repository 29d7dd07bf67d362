import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sweepScratch } from './sweep-scratch.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-scratch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOUR_MS = 3_600_000;
const now = Date.parse('2026-03-02T00:00:00Z');

/** A run's folder with rows in it, or a file, last changed so long ago. */
function left(name: string, hoursAgo: number): void {
  const path = join(folder, name);
  if (name.endsWith('.parquet') || name.endsWith('.txt')) writeFileSync(path, 'rows');
  else {
    mkdirSync(join(path, 'tmp'), { recursive: true });
    writeFileSync(join(path, 'train.parquet'), 'rows');
  }
  const then = new Date(now - hoursAgo * HOUR_MS);
  utimesSync(path, then, then);
}

describe('the scratch folder of a worker that starts', () => {
  it('loses what killed workers left a day ago, and keeps what another one may still use', async () => {
    left('command-old', 24.1);
    left('snapshot-old.parquet', 48);
    left('command-running', 23.9);
    left('snapshot-new.parquet', 0);
    left('notes.txt', 1000);
    await sweepScratch(folder, now);
    expect(readdirSync(folder).sort()).toEqual(['command-running', 'notes.txt', 'snapshot-new.parquet']);
  });

  it('may be missing', async () => {
    await expect(sweepScratch(join(folder, 'none'), now)).resolves.toBeUndefined();
  });
});
