import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server, type S3Server } from '../../client/servers/s3-server.js';
import { howToPages } from '../support/how-to-pages.js';
import { startReader, type Reader } from '../support/reader.js';

const pages = howToPages('.');
const soak = process.env['PERENNIAL_SOAK'] === '1';
/** In the order in which one reader can follow them: the last one loses its Temporal. */
const ORDER = ['many-models.md', 'remove-a-model.md', 'rotate-secrets.md', 'store.md', 'back-up.md'];

describe('how-to pages', () => {
  it('say of each block of commands whether it is run here, or why not', () => {
    const unmarked = [...pages].flatMap(([name, steps]) =>
      steps.filter(({ kind }) => kind === 'unmarked').map(({ line }) => `${name}:${line}`),
    );
    expect(unmarked).toEqual([]);
  });

  it('are all followed below, when they have something to run', () => {
    const toRun = [...pages].filter(([, steps]) => steps.some(({ kind }) => kind === 'run'));
    expect(toRun.map(([name]) => name).sort()).toEqual([...ORDER].sort());
  });
});

describe.runIf(soak)('a reader with a model that serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-how-to-'));
  let reader: Reader;
  let s3: S3Server;

  beforeAll(async () => {
    mkdirSync(join(folder, 'data'));
    for (const name of ['rides', 'second']) writeFileSync(join(folder, 'data', `${name}.csv`), rides());
    s3 = await startS3Server({ dataDir: join(folder, 's3') });
    reader = await startReader(folder, s3.environment);
    const start = ['perennial init data/rides.csv --label rides', 'perennial up --data .'];
    const second = 'perennial init data/second.csv --label rides --out second.yaml';
    const first = ['perennial apply model.yaml --wait', 'perennial approve rides'];
    for (const block of [...start, second, ...first]) await typed(block);
  }, 600_000);
  afterAll(async () => {
    await reader.stops();
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function typed(block: string, fails = false): Promise<string> {
    const { ok, said } = await reader.types(block);
    expect(ok, `${block}\n${said}`).toBe(!fails);
    return said;
  }

  it.each(ORDER)('does what %s says', async (name) => {
    for (const step of pages.get(name) ?? []) {
      if (step.kind === 'stop') await reader.stops();
      if (step.kind === 'run') await typed(step.text, step.fails);
    }
  });

  it('has its model back after Temporal was lost, with its schedules', async () => {
    const said = await typed(
      'perennial status rides; perennial ledger rides; perennial retrain rides --reason "after the loss"',
    );
    expect(said).toMatch(/champion +v1/);
    expect(said).toMatch(/next +check in /);
    expect(said).toMatch(/recovered/);
    expect(said).toMatch(/started: retrain\/rides\/\d+/);
  });
});

/** Hourly rides of ten weeks up to now, of two stations. */
function rides(): string {
  const now = Math.floor(Date.now() / 3_600_000);
  const lines = Array.from({ length: 70 * 24 * 2 }, (_, i) => {
    const hour = now - 70 * 24 + Math.floor(i / 2);
    const temperature = 12 + 8 * Math.sin(((hour % 24) / 12) * Math.PI) + ((i * 37) % 11) / 4;
    const count = Math.round((i % 2 === 0 ? 20 : 35) + 1.5 * temperature + ((i * 53) % 7));
    const at = new Date(hour * 3_600_000).toISOString();
    return `r${i},${at},${i % 2 === 0 ? 'north' : 'south'},${temperature.toFixed(1)},${count}`;
  });
  return `id,at,station,temperature,rides\n${lines.join('\n')}\n`;
}
