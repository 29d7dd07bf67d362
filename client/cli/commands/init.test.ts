import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { millis } from '../../../domain/duration.js';
import { instant } from '../../../domain/references.js';
import { createFeatureEngine } from '../../../engines/features/feature-engine.js';
import { trainModel } from '../../../engines/training/train.js';
import { projectRoot } from '../../servers/project-root.js';
import { readSpecFile } from '../../spec-file.js';
import { SMALL_FILES, writeStrangerFiles } from '../../../test/support/stranger-files.js';
import { createCli } from '../program.js';
import { keptIo } from '../test-io.js';

const soak = process.env['PERENNIAL_SOAK'] === '1';
const folder = mkdtempSync(join(tmpdir(), 'perennial-init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = (name: string): string => join(projectRoot(), 'examples', name);
const pad = (value: number): string => String(value).padStart(2, '0');
let files = 0;

/** Runs `perennial init`, and gives where the spec went, its text and what was said. */
async function init(data: string, ...flags: string[]) {
  const out = join(folder, `spec-${(files += 1)}.yaml`);
  const io = keptIo();
  const code = await createCli(io).run([
    'init',
    data,
    ...(flags.includes('--out') ? [] : ['--out', out]),
    ...flags,
  ]);
  const said = [...io.written, ...io.noted].join('\n');
  return { code, out, said, text: code === 0 && existsSync(out) ? readFileSync(out, 'utf8') : '' };
}

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a first retrain would do with the spec: contract, snapshot, training. */
async function firstTraining(out: string, newest: string) {
  const spec = await readSpecFile(out);
  const engine = createFeatureEngine({ dataRoots: [process.cwd()], stagingDir: join(folder, 'staging') });
  const asOf = instant(Date.parse(newest) + millis(spec.source.labels.delay) + 1);
  const source = await engine.freezeSource({ spec, asOf });
  const plan = engine.planWindow({ spec, asOf });
  const { violations } = await engine.checkContract({ spec, source, plan, firstVersion: true });
  const snapshotPath = join(folder, `snapshot-${files}.parquet`);
  await engine.takeSnapshot({ spec, source, plan, out: snapshotPath });
  const { train, validation } = await engine.loadBlocks({ spec, snapshotPath });
  const quick = { ...spec, trainer: { ...spec.trainer, numIterations: 5 } };
  return { violations, model: await trainModel({ spec: quick, train, validation }) };
}

/** What the contract of a spec's first window refuses. */
async function brokenContract(out: string, root: string) {
  const spec = await readSpecFile(out);
  const engine = createFeatureEngine({ dataRoots: [root], stagingDir: join(folder, 'staging') });
  const source = await engine.freezeSource({ spec, asOf: instant(Date.parse('2030-01-01T00:00:00Z')) });
  const asOf = (await engine.newestEvent({ spec, source })) ?? '';
  const plan = engine.planWindow({ spec, asOf });
  return (await engine.checkContract({ spec, source, plan, firstVersion: true })).violations;
}

describe('a first spec from a file', () => {
  it('of hourly rentals compares with the week before, and trains as it is', async () => {
    const { code, out, text } = await init(example('bike-sharing/bike-sharing.parquet'));
    expect(code).toBe(0);
    expect(text).toMatch(/# its name says so\n {2}label: cnt/);
    expect(text).toMatch(/naive:\n {4}kind: seasonal\n {4}period: 7 days/);
    expect(text).toContain('temp: { type: number, min: 0, max: 1 }');
    const { violations, model } = await firstTraining(out, '2012-12-31T23:00:00.000Z');
    expect(violations).toEqual([]);
    expect(model.kind).toBe('trees');
  });

  it('of car loans leaves out the other model’s answers, and trains as it is', async () => {
    const { out, text } = await init(example('car-loan/reference.parquet'));
    expect(text).toContain('kind: binary');
    expect(text).toContain('# PROBABLE LEAK, left out: y_pred_proba');
    const { violations } = await firstTraining(out, '2018-10-30T18:00:00.000Z');
    expect(violations).toEqual([]);
  });

  it('leaves out the parts of which the label is the sum, and what follows it too closely', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => {
      const [casual, registered] = [(i * 7) % 23, (i * 11) % 41];
      const total = casual + registered;
      return `2024-01-01 ${String(Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}:00,${casual},${registered},${total * 2 + (i % 2)},${(i * 13) % 31},${total}`;
    });
    const { text, said } = await init(
      write('sum.csv', ['at,casual,registered,paid,wind,cnt', ...lines].join('\n')),
    );
    expect(text).toContain('# PROBABLE LEAK, left out: casual: casual + registered = cnt in every row');
    expect(said).toContain('look at this: registered is left out as a probable leak');
    expect(said).toMatch(
      /look at this: paid is left out as a probable leak: it follows the label too closely/,
    );
    expect(text).toContain('wind: { type: number');
  });

  it('of JSON lines with shared times names the column that identifies rows, and ids and texts that stay out', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      order_no: `o-${i}`,
      at: new Date(Date.UTC(2024, 0, 1 + Math.floor(i / 5))).toISOString(),
      note: `called ${i % 250} times`,
      colour: i % 3 === 0 ? null : 'red green blue'.split(' ')[i % 3],
      constant: 7,
      weight: (i * 37) % 101,
      class: 'abc'[(i + Math.floor(i / 7)) % 3],
    }));
    const data = write('orders.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    const { text } = await init(data);
    expect(text).toContain('model: orders');
    expect(text).toContain('kind: multiclass');
    expect(text).toMatch(/key: order_no/);
    expect(text).toContain('# left out: constant: it never varies');
    expect(text).toContain('# left out: note: its 250 texts are too many for categories');
    expect(text).toMatch(
      /colour: \{ type: category, values: \[ blue, green \], maxUnknown: 1%, maxMissing: 51% \}/,
    );
  });

  it('says when no column identifies rows that share a time', async () => {
    const lines = Array.from(
      { length: 60 },
      (_, i) => `2024-01-0${1 + (i % 9)},${(i * 7) % 13}.5,${i % 4}.25`,
    );
    const { said } = await init(write('shared.csv', ['day,x,price', ...lines].join('\n')));
    expect(said).toContain('the contract will refuse rows with the same time');
    expect(said).toContain('Add a column that identifies each row');
  });
});

describe('how a file writes what it holds', () => {
  const folderOf = join(folder, 'shapes');

  // Two hundred columns take their time.
  const read = SMALL_FILES.filter(({ file }) => soak || file !== 'wide.csv');
  it.each(read)('$file is read as it is written', async ({ file, model, expected }) => {
    await writeStrangerFiles(
      folderOf,
      SMALL_FILES.filter((one) => one.file === file),
    );
    const { code, out, text } = await init(join(folderOf, file));
    expect(code).toBe(0);
    const spec = await readSpecFile(out);
    expect(spec).toMatchObject({
      model,
      source: expected.source,
      task: { kind: expected.kind, label: expected.label },
    });
    for (const name of expected.leftOut ?? []) expect(text).toContain(`left out: ${name}: `);
    expect(await brokenContract(out, folderOf)).toEqual([]);
  });

  it('says so when days and months could be told from one another only by luck', async () => {
    const days = Array.from(
      { length: 12 },
      (_, i) => `0${1 + (i % 9)}/0${1 + Math.floor(i / 9)}/2024,${(i * 7) % 5}.5,${i}.25`,
    );
    const { text } = await init(write('us.csv', ['day,x,price', ...days].join('\n')));
    expect(text).toMatch(/# it reads every row; %[md]\/%[md]\/%Y reads every row as well: make sure/);
  });

  it('takes no commas between thousands for decimal ones', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, i) => `2024-01-01T${pad(i % 24)}:${pad(i)}:00Z,"${1 + i},${100 + i}",${i}.5`,
    );
    const { text } = await init(write('us-numbers.csv', ['at,amount,price', ...lines].join('\n')));
    expect(text).not.toContain('decimal');
  });

  it('reads times that are counted since 1970', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${1_735_650_000 + i * 3600},${(i * 7) % 11}.5,${i}.5`,
    );
    const { text } = await init(write('epoch.csv', ['unix_time,x,price', ...lines].join('\n')));
    expect(text).toContain('timeFormat: epoch seconds');
  });

  it('names the three commands that come next as they were typed, with what a shell must see quoted', async () => {
    const { said } = await init(
      example('bike-sharing/bike-sharing.parquet'),
      '--out',
      join(folder, 'my spec.yaml'),
    );
    expect(said).toMatch(/ apply '.*my spec.yaml' --wait +in another terminal/);
    expect(said).toMatch(/ approve bike-sharing +it serves/);
  });
});

describe('a file that gives no spec', () => {
  const some = 'at,x,y\n2024-01-01,1,2\n2024-01-02,2,5\n';
  it.each([
    ['missing', () => 'nowhere.csv', [], /it does not exist/],
    ['empty', () => write('empty.csv', ''), [], /data file is/],
    ['only a header', () => write('header.csv', 'at,x,y\n'), [], /it holds no rows/],
    ['no Parquet', () => write('cut.parquet', 'PAR1 and nothing'), [], /it cannot be read as rows/],
    [
      'in Latin-1',
      () => write('latin.csv', Buffer.from('at,größe\n2024-01-01,1\n', 'latin1')),
      [],
      /not written in UTF-8.*iconv/,
    ],
    [
      'without names of columns',
      () => write('bare.csv', '5.1,3.5,1.4\n4.9,3.0,1.4\n'),
      [],
      /no names for its columns: its first line is 5.1/,
    ],
    [
      'of lines of all lengths',
      () => write('ragged.csv', 'at,b,c\n1,2,3\n1,2,3,4,5\n1,2\n'),
      [],
      /could not be split into columns/,
    ],
    [
      'with a time that is none',
      () => write('f.csv', some),
      ['--time', 'x'],
      /--time is 'x'; expected a column of dates or times; it holds numbers/,
    ],
    ['of an unknown format', () => write('rows.xlsx', 'x'), [], /it has an unknown ending/],
    [
      'without a time',
      () => write('timeless.csv', 'x,y\n1,2\n2,3\n'),
      [],
      /event time is 'x, y'; expected a column of dates/,
    ],
    [
      'without the label that is named',
      () => write('a.csv', some),
      ['--label', 'z'],
      /--label is 'z'; expected one of at, x, y/,
    ],
    ['without the time that is named', () => write('b.csv', some), ['--time', 'when'], /--time is 'when'/],
    [
      'with a constant label',
      () => write('c.csv', 'at,y\n2024-01-01,1\n2024-01-02,1\n'),
      ['--label', 'y'],
      /at least two values/,
    ],
    [
      'with nothing to learn from',
      () => write('e.csv', 'at,y\n2024-01-01,1\n2024-01-02,2\n'),
      [],
      /at least one column to learn from/,
    ],
    ['with a name that no model may have', () => write('d.csv', some), ['--model', 'My Model'], /My Model/],
  ])('%s is refused by name', async (_, data, flags, message) => {
    const { code, said } = await init(data(), ...flags);
    expect(code).toBe(2);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
  });

  it('never replaces a spec without being asked', async () => {
    const out = write('mine.yaml', 'mine');
    const io = keptIo();
    expect(await createCli(io).run(['init', example('car-loan/reference.parquet'), '--out', out])).toBe(2);
    expect(io.noted.join('\n')).toContain('replace it with --force');
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });
});
