import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFeatureEngine } from './feature-engine.js';
import type { Table } from './table.js';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';
import { everyHour, hour, labelFile, labelFixture, labelSpec } from './label-fixture.js';

describe('labels from files of their own, joined by key', () => {
  it('give the rows that labels in the rows give', async () => {
    const { at } = await labelFixture({
      'one.csv': labelFile(everyHour(0, 400)),
      'two.csv': labelFile(everyHour(400)),
    });
    const { source, contract, snapshot } = await at();
    expect(source.labels?.files.map(({ path, rows }) => ({ path, rows }))).toEqual([
      { path: 'labels/one.csv', rows: 400 },
      { path: 'labels/two.csv', rows: 320 },
    ]);
    expect(await contract()).toMatchObject({ violations: [], labels: { rows: 720, keys: 697, notYet: 23 } });
    const taken = await snapshot();
    const inRows = makeSpec();
    const { engine, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const plain = await engine.freezeSource({ spec: inRows, asOf: AS_OF });
    const plan = engine.planWindow({ spec: inRows, asOf: AS_OF });
    const out = join(await makeFixture().then(({ folder }) => folder), 'plain.parquet');
    const expected = await engine.takeSnapshot({ spec: inRows, source: plain, plan, out });
    expect(taken.counts).toEqual(expected.counts);
    expect(plain.labels).toBeUndefined();
    expect(expected.labels).toBeUndefined();
  });

  it('a row without a label is not mature: it is left out and counted, and breaks nothing', async () => {
    const { at } = await labelFixture({ 'l.csv': labelFile(everyHour().filter(({ n }) => n % 10 !== 0)) });
    const { contract, snapshot } = await at();
    const report = await contract();
    expect(report.violations).toEqual([]);
    const { counts, labels } = await snapshot();
    expect(report.warnings).toContain(
      `labels: ${labels?.unlabelled} rows of the window have no label yet; they are left out`,
    );
    // Every tenth of 20 days without the two gaps of one day each.
    expect(labels?.unlabelled).toBe(43);
    expect(counts.train + counts.validation + counts.holdout).toBe(432 - 43);
  });

  it('a label that arrives after as-of is not seen, and is seen later', async () => {
    const late = everyHour().map((said) => (said.n === 680 ? { ...said, at: '2024-02-03T00:00:00Z' } : said));
    const { at } = await labelFixture({ 'l.csv': labelFile(late) });
    const early = await (await at()).snapshot();
    expect(early.labels).toMatchObject({ notYet: 24, unlabelled: 1 });
    expect(early.holdout.keys).not.toContain('c680');
    const later = await (await at('2024-02-03T00:00:00.000Z')).snapshot();
    expect(later.labels).toMatchObject({ notYet: 0, unlabelled: 0 });
    expect(later.holdout.keys).toContain('c680');
  });

  it('a correction counts from its arrival on; until then the label before it does', async () => {
    const correction = labelFile([{ n: 680, y: -1, at: '2024-02-01T00:00:00Z' }]);
    const { at } = await labelFixture({ 'a.csv': labelFile(everyHour()), 'b.csv': correction });
    const labelOf = ({ keys, label }: Table) => label[keys.indexOf('c680')];
    const before = await (await at()).snapshot();
    expect(labelOf(before.holdout)).toBe(680);
    expect(before.labels).toMatchObject({ corrected: 0 });
    const after = await (await at('2024-02-01T00:00:00.000Z')).snapshot();
    expect(labelOf(after.holdout)).toBe(-1);
    expect(after.labels).toMatchObject({ corrected: 1, repeated: 0, conflicting: 0 });
  });

  it('repeated labels, contradictions and labels without a row are named and counted', async () => {
    const again = labelFile(everyHour(0, 5));
    const wrong = labelFile([
      { n: 600, y: 1 },
      { n: 600, y: 2 },
      { n: 5000, y: 1, at: hour(3) },
    ]);
    const others = everyHour().filter(({ n }) => n !== 600);
    const { at } = await labelFixture({ 'a.csv': labelFile(others), 'b.csv': again, 'c.csv': wrong });
    const { contract, snapshot } = await at();
    const report = await contract();
    expect(report.violations).toEqual([]);
    expect(report.labels).toMatchObject({ repeated: 5, conflicting: 1, withoutRow: 1, unlabelled: 1 });
    expect(report.warnings).toEqual(
      expect.arrayContaining([
        'labels: 5 label rows say again what is known',
        'labels: 1 keys have different labels of one arrival; none of them is used',
        'labels: 1 keys with a label have no row',
      ]),
    );
    const taken = await snapshot();
    expect(taken.labels).toEqual(report.labels);
    expect(taken.holdout.keys).not.toContain('c600');
  });

  it('without a column of arrival, a label is known at event time + delay', async () => {
    const labels =
      'id,y\n' +
      everyHour()
        .map(({ n, y }) => `c${n},${y}`)
        .join('\n');
    const { at } = await labelFixture({ 'l.csv': labels }, labelSpec({ arrival: undefined }));
    const { contract, snapshot } = await at();
    expect(await contract()).toMatchObject({ violations: [], labels: { keys: 720, notYet: 0 } });
    const { holdout } = await snapshot();
    expect(holdout.keys.at(-1)).toBe('c695');
  });

  it('where rows have no key, the event time joins, in whatever form it is written', async () => {
    const asked = makeSpec({
      source: { rows: 'rows.csv', eventTime: 't', labels: { delay: '1 day', from: 'labels/*.csv' } },
    });
    const labels =
      't,y\n' +
      everyHour()
        .map(({ n, y }) => `${hour(n).replace('.000Z', '+00:00')},${y}`)
        .join('\n');
    const { at } = await labelFixture({ 'l.csv': labels }, asked);
    expect(await (await at()).contract()).toMatchObject({
      violations: [],
      labels: { withoutRow: 0, unlabelled: 0 },
    });
  });

  it('are written as the rows are: decimal commas, marks of missing values, times in a format of their own', async () => {
    const german = (n: number, change: string): string =>
      `c${n};${change};${new Date(Date.parse(hour(n + 24))).toISOString().replace(/(\d+)-(\d+)-(\d+)T(\d+:\d+).*/, '$3.$2.$1 $4')}`;
    const lines = everyHour().map(({ n, y }) => german(n, n === 300 ? 'k.A.' : `${y},5`));
    const base = makeSpec({ source: labelSpec().source, features: { kind: { type: 'category' } } });
    const reading = { decimal: ',' as const, missing: ['k.A.'], timeFormat: '%d.%m.%Y %H:%M' };
    const asked = {
      ...base,
      source: { ...base.source, ...reading },
    };
    const written = ['id;y;arrived', ...lines].join('\n');
    const { contract, snapshot } = await (await labelFixture({ 'l.csv': written }, asked)).at();
    const found = await contract();
    expect(found.violations).toEqual([]);
    expect(found.labels).toMatchObject({ withoutLabel: 1, withoutArrival: 0, unlabelled: 1 });
    const { train } = await snapshot();
    expect(train.label[0]).toBe(Number(train.keys[0]?.slice(1)) + 0.5);
    // Without the settings the same files break the contract, by column.
    const plain = await (await labelFixture({ 'l.csv': written })).at();
    const broken = (await plain.contract()).violations.map(({ kind, column }) => `${kind} ${column ?? ''}`);
    expect(broken).toEqual(expect.arrayContaining(['wrong-type y', 'event-time arrived']));
  });

  it('may be written in another way than the rows, where the spec says so', async () => {
    const day = (n: number) =>
      hour(n + 24)
        .slice(0, 10)
        .replaceAll('-', '');
    const files = {
      'l.csv': ['id;y;arrived', ...everyHour().map(({ n }) => `c${n};0.${216 + n};${day(n)}`)].join('\n'),
    };
    const written = { decimal: ',' as const, missing: ['0.916'], timeFormat: '%d.%m.%Y %H:%M' };
    const asked = (labels: Parameters<typeof labelSpec>[0]) => {
      const base = makeSpec({ source: labelSpec(labels).source, features: { kind: { type: 'category' } } });
      return { ...base, source: { ...base.source, ...written } };
    };
    // Read as the rows are, a decimal point is refused and not taken for one between thousands.
    const { violations } = await (await (await labelFixture(files, asked({}))).at()).contract();
    expect(violations.map(({ kind, column }) => `${kind} ${column ?? ''}`)).toContain('wrong-type y');
    const own = { decimal: '.' as const, missing: ['0.300'], timeFormat: '%Y%m%d' };
    const { contract, snapshot } = await (await labelFixture(files, asked(own))).at();
    expect((await contract()).violations).toEqual([]);
    const { train, labels } = await snapshot();
    expect(labels).toMatchObject({ withoutLabel: 1 });
    expect(train.label[0]).toBeCloseTo((216 + Number(train.keys[0]?.slice(1))) / 1000);
  });
});

describe('label files that break the contract', () => {
  it('a column that is missing is named with its file', async () => {
    const { at } = await labelFixture({ 'a.csv': labelFile(everyHour()), 'b.csv': 'id,y\nc1,1\n' });
    const { violations } = await (await at()).contract();
    expect(violations).toContainEqual({
      kind: 'missing-column',
      column: 'arrived',
      found: 'none in 1 of 2 label files, e.g. labels/b.csv',
      allowed: 'a column of this name in every label file',
    });
  });

  it('values that nobody can read are named with their file and column', async () => {
    const broken = 'id,y,arrived\nc700,many,2024-01-30\n,3,2024-01-30\nc701,4,soon\n';
    const { at } = await labelFixture({ 'a.csv': labelFile(everyHour(0, 700)), 'b.csv': broken });
    const { violations } = await (await at()).contract();
    const found = violations.map(({ kind, column, found: what }) => `${kind} ${column}: ${what}`);
    expect(found).toEqual([
      'missing-key id: no key in 1 rows of label files, e.g. labels/b.csv',
      'wrong-type y: text that is no number in 1 rows of label files, e.g. labels/b.csv',
      'event-time arrived: no readable time of arrival in 1 rows of label files, e.g. labels/b.csv',
    ]);
  });

  it('no file at all is not enough labels, not an error of reading', async () => {
    const { at, engine } = await labelFixture({ 'not-yet.txt': '' });
    const { source, contract } = await at();
    expect(source.labels).toEqual({ files: [] });
    const found = 'no label file: nothing matches labels/*.csv';
    expect(await engine.unmatchedLabels({ spec: labelSpec(), source })).toBe(found);
    const { violations } = await contract();
    expect(violations[0]).toMatchObject({
      kind: 'missing-label',
      column: 'y',
      found,
    });
    expect(violations.map(({ found }) => found)).toContainEqual(
      expect.stringContaining('0 labelled rows in train'),
    );
  });

  it('a folder of the pattern that is not there is named: it may be misspelt', async () => {
    const asked = labelSpec({ from: 'labels/2024/*/lables/*.csv' });
    const { at, engine } = await labelFixture({ 'there.txt': '' }, asked);
    const { source } = await at();
    expect(await engine.unmatchedLabels({ spec: asked, source })).toBe(
      "no label file: nothing matches labels/2024/*/lables/*.csv, and no data root has a folder 'labels/2024'",
    );
    const some = await labelFixture({ 'l.csv': labelFile([{ n: 1, y: 1 }]) });
    const found = (await some.at()).source;
    expect(await some.engine.unmatchedLabels({ spec: labelSpec(), source: found })).toBeUndefined();
  });

  it('one file by name that is not there is missing, and so is a data root', async () => {
    const named = await labelFixture({ 'l.csv': labelFile([]) }, labelSpec({ from: 'labels/one.csv' }));
    const refusal = named.at();
    await expect(refusal).rejects.toMatchObject({ type: 'source-missing' });
    await expect(refusal).rejects.toThrow("source.labels.from is 'labels/one.csv'");
    const { folder, root } = await labelFixture({});
    const dataRoots = [root, join(folder, 'labels-not-mounted')];
    const engine = createFeatureEngine({ dataRoots, stagingDir: join(folder, 'staging'), threads: 1 });
    const frozen = engine.freezeSource({ spec: labelSpec(), asOf: AS_OF });
    await expect(frozen).rejects.toMatchObject({ type: 'source-missing' });
    await expect(frozen).rejects.toThrow(
      "source.labels.from is 'labels/*.csv'; expected a pattern under data roots that are there; 1 of the 2 configured are not",
    );
    await mkdir(join(folder, 'labels-not-mounted'));
    expect((await engine.freezeSource({ spec: labelSpec(), asOf: AS_OF })).labels).toEqual({ files: [] });
  });

  it('a pattern that leaves the data root, or files of two formats, are refused in the name of labels', async () => {
    const outside = await labelFixture(
      {},
      { ...labelSpec(), source: { ...labelSpec().source, labels: { delay: '1 day', from: '../x.csv' } } },
    );
    await expect(outside.at()).rejects.toThrow("source.labels.from is '../x.csv'");
    const mixed = await labelFixture(
      { 'a.csv': labelFile([]), 'b.json': '{}' },
      labelSpec({ from: 'labels/*' }),
    );
    await expect(mixed.at()).rejects.toThrow('source.labels.from');
  });

  it('a label file that is damaged or changed after freezing is named', async () => {
    const { write, at } = await labelFixture({ 'a.csv': '' });
    await expect(at()).rejects.toThrow('source.labels.from: 1 of 1 files: labels/a.csv is empty');
    await write('labels/a.csv', labelFile(everyHour()));
    expect((await (await at()).contract()).violations).toEqual([]);
  });
});
