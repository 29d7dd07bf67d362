import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCli } from '../program.js';
import { keptIo } from '../test-io.js';
import { documented } from '../test-json.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a CSV file and names it. */
function csv(name: string, header: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${header}\n${rows.join('\n')}\n`);
  return path;
}

async function run(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run(args);
  if (args.includes('--json')) documented(args, io.written.join('\n'));
  return { code, out: io.written.join('\n'), notes: io.noted.join('\n') };
}

const numbers = Array.from({ length: 400 }, (_, i) => (i * 37) % 101);
const before = csv(
  'before.csv',
  'x,colour,only_before',
  numbers.map((v, i) => `${v},${i % 2 ? 'red' : 'blue'},1`),
);
const after = csv(
  'after.csv',
  'x,colour',
  numbers.map((v, i) => `${v + 60},${i % 2 ? 'red' : 'green'}`),
);
const scored = csv('scored.csv', 'y,p,q', ['1,0.9,1', '0,0.2,0', '1,0.6,1', '0,0.7,1']);

describe('perennial drift', () => {
  it('prints the agreed JSON and finds what moved', async () => {
    const { code, out } = await run(
      'drift',
      before,
      after,
      '--json',
      '--tests',
      'ks,psi,chi2',
      '--fail-on-drift',
    );
    const report = JSON.parse(out);
    expect(code).toBe(10);
    expect(report).toMatchObject({ share: 1, drifted: true });
    expect(report.columns[0]).toMatchObject({
      name: 'x',
      kind: 'numeric',
      missing: { reference: 0, current: 0 },
      drifted: true,
    });
    expect(report.columns[0].tests.map((t: { name: string }) => t.name)).toEqual(['ks', 'psi']);
    expect(report.columns[1]).toMatchObject({ name: 'colour', newCategories: ['green'], drifted: true });
  });

  it('finds nothing between a file and itself, and shows a table', async () => {
    const { code, out } = await run('drift', before, before, '--fail-on-drift');
    expect(code).toBe(0);
    expect(out).toContain('0 of 3 columns drifted');
  });

  it('refuses files, columns and tests that are not there with exit code 2', async () => {
    expect(await run('drift', before, join(folder, 'none.csv'))).toMatchObject({
      code: 2,
      notes: expect.stringContaining('none.csv'),
    });
    expect(await run('drift', before, after, '--columns', 'z')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('columns of both files: x, colour'),
    });
    expect(await run('drift', before, after, '--tests', 'ksx')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('Test ksx is not known'),
    });
  });
});

describe('perennial detect', () => {
  it('prints alarms as row numbers from 0', async () => {
    const stream = csv(
      'stream.csv',
      'x',
      [...numbers.map((v) => v / 101), ...numbers.map((v) => 3 + v / 101)].map(String),
    );
    const { code, out } = await run(
      'detect',
      stream,
      '--column',
      'x',
      '--detector',
      'adwin',
      '--params',
      '{"delta":0.01}',
      '--json',
      '--fail-on-drift',
    );
    expect(code).toBe(10);
    expect(JSON.parse(out)).toMatchObject({
      detector: 'adwin',
      params: { delta: 0.01, clock: 32 },
      alarms: [415],
      warnings: [],
    });
    expect((await run('detect', stream, '--column', 'x')).out).toContain('alarms: 415');
  });

  it('refuses unknown detectors and parameters with exit code 2', async () => {
    expect(await run('detect', before, '--column', 'x', '--detector', 'd2')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('adwin, kswin'),
    });
    expect(await run('detect', before, '--column', 'x', '--params', 'no')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('an object in JSON'),
    });
    expect(await run('detect', before)).toMatchObject({
      code: 2,
      notes: expect.stringContaining('--column'),
    });
  });
});

describe('perennial evaluate', () => {
  it('prints metrics and rows', async () => {
    const { code, out } = await run(
      'evaluate',
      scored,
      '--label',
      'y',
      '--score',
      'p',
      '--task',
      'binary',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ rows: 4, metrics: { accuracy: 0.75, roc_auc: 0.75, recall: 1 } });
    const regression = await run(
      'evaluate',
      scored,
      '--label',
      'y',
      '--prediction',
      'p',
      '--task',
      'regression',
      '--json',
    );
    expect(JSON.parse(regression.out).metrics.mae).toBeCloseTo(0.35, 12);
  });

  it('takes classes as text', async () => {
    const classes = csv('classes.csv', 'truth,said', ['a,a', 'b,a', 'c,c', 'b,b']);
    const { out } = await run(
      'evaluate',
      classes,
      '--label',
      'truth',
      '--prediction',
      'said',
      '--task',
      'multiclass',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ rows: 4, metrics: { accuracy: 0.75, roc_auc_ovr_macro: null } });
  });
});

describe('perennial estimate', () => {
  it('finds the chunks in which the model fell off, without their labels', async () => {
    const args = ['--score', 'y_pred_proba', '--prediction', 'y_pred', '--label', 'repaid'];
    const { code, out } = await run(
      'estimate',
      'examples/car-loan/reference.parquet',
      'examples/car-loan/monitoring.parquet',
      ...args,
      '--json',
      '--fail-on-drift',
    );
    const report = JSON.parse(out);
    expect(code).toBe(10);
    expect(report.thresholds.roc_auc.lower).toBeCloseTo(0.963316536, 5);
    expect(report.chunks.map((c: { roc_auc: { alert: boolean } }) => c.roc_auc.alert)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(report.chunks[0]).toMatchObject({ start: 0, end: 4999 });
    expect(Object.keys(report.chunks[0].roc_auc)).toEqual(
      expect.arrayContaining(['estimated', 'realized', 'samplingError', 'alert']),
    );
  });

  it('refuses rows that it cannot use with exit code 2', async () => {
    expect(await run('estimate', scored, scored, '--score', 'p')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('--label'),
    });
  });
});
