import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Manifest } from '../domain/manifest.js';
import type { ArtifactRef } from '../domain/references.js';

const ref = (digit: string): ArtifactRef => ({ key: `blobs/${digit}`, sha256: digit.repeat(64), bytes: 1 });
const block = { from: '2011-01-01T00:00:00.000Z', to: '2011-02-01T00:00:00.000Z', rows: 10 };

/** A small valid manifest for tests; another seed is another manifest. */
export function sampleManifest(seed: number, model = 'bike-demand'): Manifest {
  return {
    format: 'perennial-manifest/1',
    model,
    specDigest: 'a'.repeat(64),
    code: '0.1.0',
    task: 'regression',
    classes: null,
    inputs: [{ name: 'temp', type: 'number' }],
    snapshot: {
      rows: 'b'.repeat(64),
      file: ref('c'),
      asOf: '2011-03-01T00:00:00.000Z',
      train: block,
      validation: block,
      holdout: block,
      columns: ['temp'],
    },
    sourceManifest: ref('d'),
    trainer: { kind: 'linear', seed, backend: 'wasm-simd', epochs: 3, warmFrom: null },
    onnx: ref('e'),
    weights: ref('f'),
    golden: ref('1'),
    profile: ref('2'),
    evaluation: {
      rows: 10,
      from: block.from,
      to: block.to,
      metric: 'mae',
      candidate: { mae: 1 },
      champion: null,
      naive: { mae: 2 },
      skillRatio: 0.5,
      comparison: null,
      againstNaive: null,
      slices: [],
      championTrainedOnHoldout: false,
    },
    parity: { maxDifference: 0, tolerance: 1e-5, rows: 10 },
    judgedAgainst: null,
  };
}

/** A ledger entry for tests. */
export function sampleEntry(over: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    kind: 'promoted',
    who: 'ada',
    why: 'better',
    asOf: null,
    version: null,
    effectiveFrom: null,
    champion: null,
    run: null,
    ...over,
  };
}

/** A new folder for one test; the caller removes it. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'perennial-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
