import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { instant } from '../../domain/references.js';
import { specSchema, type ModelSpec, type ModelSpecInput } from '../../domain/spec/spec.js';
import { withDuck } from './duck.js';
import { createFeatureEngine, type FeatureEngine } from './feature-engine.js';

/** A scratch data root with an engine over it, for the tests of this folder. */
export interface Fixture {
  readonly folder: string;
  readonly root: string;
  readonly engine: FeatureEngine;
  /** Writes a file under the data root. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Writes the result of a query as Parquet under the data root. */
  parquet(path: string, sql: string): Promise<void>;
}

/** Makes a {@link Fixture} in a new temporary folder. */
export async function makeFixture(threads = 2): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-features-'));
  const root = join(folder, 'data');
  await mkdir(root);
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const parquet = async (path: string, sql: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: join(folder, 'spill') }, (duck) =>
      duck.run(`COPY (${sql}) TO '${join(root, path)}' (FORMAT parquet)`),
    );
  };
  const engine = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 'staging'), threads });
  return { folder, root, engine, write, parquet };
}

/** The spec that most tests use: hourly rows of `temp` and `kind`, label `y`, one day of label delay. */
export function makeSpec(change: Partial<ModelSpecInput> = {}): ModelSpec {
  return specSchema.parse({
    model: 'hourly',
    task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'seasonal', period: '1 day' } },
    source: { rows: 'rows.csv', eventTime: 't', lateness: '1 hour', labels: { delay: '1 day' } },
    features: { temp: { type: 'number', min: -50, max: 60 }, kind: { type: 'category' } },
    window: { kind: 'fixed', length: '20 days', validation: '3 days', holdout: '4 days' },
    trainer: { kind: 'linear' },
    rollout: { approval: { from: ['someone'] } },
    ...change,
  } satisfies ModelSpecInput);
}

/** One hourly row. `n` counts hours from 2024-01-01T00:00:00Z. */
export interface HourlyRow {
  readonly n: number;
  readonly t: string;
  readonly temp: string;
  readonly kind: string;
  readonly y: string;
}

/** As-of of a source of 30 days: at the end of its last label's delay. */
export const AS_OF = '2024-01-31T00:00:00.000Z';

/** Hourly rows of 30 days as CSV; `change` may replace, drop (undefined) or repeat a row. */
export function hourlyCsv(
  change: (row: HourlyRow) => HourlyRow | readonly HourlyRow[] | undefined = (row) => row,
): string {
  const lines: string[] = ['t,temp,kind,y'];
  for (let n = 0; n < 720; n++) {
    const t = instant(Date.UTC(2024, 0, 1, n))
      .replace('T', ' ')
      .replace('.000Z', '');
    const made = change({ n, t, temp: String((n % 37) / 2), kind: n % 5 === 0 ? 'a' : 'b', y: String(n) });
    for (const row of made === undefined ? [] : [made].flat())
      lines.push(`${row.t},${row.temp},${row.kind},${row.y}`);
  }
  return `${lines.join('\n')}\n`;
}
