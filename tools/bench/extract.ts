import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { specSchema, type ModelSpec } from '../../domain/spec/spec.js';
import { withDuck } from '../../engines/features/duck.js';
import { createFeatureEngine, type FeatureEngine } from '../../engines/features/feature-engine.js';
import { type BenchLine, paired, peerPython, type PythonPeer, startPeer } from './measurement.js';

const ROWS = 1_000_000;
const NUMBERS = 18;
const AS_OF = '2024-01-01T00:00:00.000Z';

interface Setting {
  readonly engine: FeatureEngine;
  readonly spec: ModelSpec;
  readonly folder: string;
  readonly peer: PythonPeer | null;
}

/**
 * Rows extracted per second, from a frozen Parquet file of a million rows (18 numbers, 2 texts) to columns in memory: digest of the
 * file checked, contract checked, blocks cut, rows ordered and digested, snapshot written, snapshot read. The peer does the same
 * with pandas and pyarrow.
 */
export async function run(rounds = 3): Promise<BenchLine[]> {
  const python = peerPython();
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  const peer = python === undefined ? null : startPeer(python, 'extract-peer.py');
  try {
    await writeRows(folder);
    const engine = createFeatureEngine({ dataRoots: [folder], stagingDir: join(folder, 'staging') });
    return [await measure({ engine, spec: specOf(), folder, peer }, rounds)];
  } finally {
    peer?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ engine, spec, folder, peer }: Setting, rounds: number): Promise<BenchLine> {
  const source = await engine.freezeSource({ spec, asOf: AS_OF });
  const plan = engine.planWindow({ spec, asOf: AS_OF });
  const seen = { ours: '', peer: '' };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    const { violations } = await engine.checkContract({ spec, source, plan, firstVersion: true });
    const { path, counts } = await engine.takeSnapshot({
      spec,
      source,
      plan,
      out: join(folder, 'ours.parquet'),
    });
    const { holdout } = await engine.loadBlocks({ spec, snapshotPath: path });
    const seconds = (performance.now() - start) / 1000;
    const sum = (holdout.numbers['x0'] ?? new Float64Array()).reduce((total, x) => total + x, 0);
    seen.ours = `${violations.length} ${Object.values(counts).join(' ')} ${sum.toFixed(6)}`;
    return ROWS / seconds;
  };
  const theirs = async (python: PythonPeer): Promise<number> => {
    const { train, validation, holdout } = plan;
    const blocks = { train, validation, holdout };
    const answer = await python.ask({
      file: join(folder, 'rows.parquet'),
      out: join(folder, 'peer.parquet'),
      blocks,
    });
    seen.peer = String(answer['seen']);
    return ROWS / Number(answer['seconds']);
  };
  const figures = await paired(rounds, ours, peer && (() => theirs(peer)));
  const same = seen.ours === seen.peer ? 'both found the same' : `found ${seen.ours} and ${seen.peer}`;
  return {
    name: 'extraction, 1,000,000 × 20, contract to columns',
    unit: 'rows/s',
    ours: figures.ours,
    peer: figures.peer && { name: 'pandas', figure: figures.peer },
    ratio: figures.ratio,
    target: null,
    note: peer === null ? `violations, rows per block, a sum: ${seen.ours}` : same,
  };
}

function specOf(): ModelSpec {
  const numbers = Array.from(
    { length: NUMBERS },
    (_, i) => [`x${i}`, { type: 'number', min: 0, max: 1 }] as const,
  );
  return specSchema.parse({
    model: 'bench',
    task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
    source: { rows: 'rows.parquet', eventTime: 't' },
    features: { ...Object.fromEntries(numbers), c0: { type: 'category' }, c1: { type: 'category' } },
    window: { kind: 'all', validation: '30 days', holdout: '30 days' },
    trainer: { kind: 'linear' },
    rollout: { first: 'auto' },
  });
}

/** A row every half minute of 2023; numbers from a hash of the row, so that every run has the same. */
async function writeRows(folder: string): Promise<void> {
  const number = (i: number): string => `(hash(n * 31 + ${i}) % 1000000007)::DOUBLE / 1000000007`;
  const numbers = Array.from({ length: NUMBERS }, (_, i) => `${number(i)} AS x${i}`);
  await withDuck({ threads: 2, memoryLimit: '2GB', tempDirectory: join(folder, 'spill') }, (duck) =>
    duck.run(
      `COPY (SELECT TIMESTAMP '2023-01-01' + n * INTERVAL 30 SECOND AS t, ${numbers.join(', ')}, (n % 7)::VARCHAR AS c0,
         (n % 50)::VARCHAR AS c1, ${number(99)} AS y FROM range(${ROWS}) r(n)) TO '${join(folder, 'rows.parquet')}' (FORMAT parquet)`,
    ),
  );
}
