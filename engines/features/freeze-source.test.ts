import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AS_OF, hourlyCsv, makeFixture, makeSpec } from './feature-fixture.js';

const from = (rows: string) => makeSpec({ source: { rows, eventTime: 't' } });

describe('freezing a source', () => {
  it('names files of a pattern by path, size, digest and rows, in order', async () => {
    const { engine, write } = await makeFixture();
    await write('weeks/b.csv', 't,y\n2024-01-02,2\n');
    await write('weeks/a.csv', 't,y\n2024-01-01,1\n2024-01-01,1\n');
    await write('weeks/.half.csv', 't,y\n');
    const source = await engine.freezeSource({ spec: from('weeks/*.csv'), asOf: AS_OF });
    expect(source.files.map(({ path, rows }) => [path, rows])).toEqual([
      ['weeks/a.csv', 2],
      ['weeks/b.csv', 1],
    ]);
    expect(source.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await engine.freezeSource({ spec: from('weeks/*.csv'), asOf: AS_OF })).toEqual(source);
  });

  it('finds files in folders of any depth with **', async () => {
    const { engine, write } = await makeFixture();
    await write('a/one.csv', 't\n1\n');
    await write('a/b/c/two.csv', 't\n1\n');
    const source = await engine.freezeSource({ spec: from('a/**/*.csv'), asOf: AS_OF });
    expect(source.files.map(({ path }) => path)).toEqual(['a/b/c/two.csv', 'a/one.csv']);
  });

  it('still reads the frozen rows after the file has grown', async () => {
    const { engine, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    await write('rows.csv', `${hourlyCsv()}2030-01-01 00:00:00,1,a,1\n`);
    expect(await engine.newestEvent({ spec, source })).toBe('2024-01-30T23:00:00.000Z');
  });

  it('stages a file again when its copy is gone or damaged', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    const copies = join(folder, 'staging', 'files');
    const [copy] = await readdir(copies);
    await writeFile(join(copies, copy ?? ''), 'damaged');
    expect(await engine.newestEvent({ spec, source })).toBe('2024-01-30T23:00:00.000Z');
    await rm(copies, { recursive: true });
    expect(await engine.newestEvent({ spec, source })).toBe('2024-01-30T23:00:00.000Z');
  });

  it('ends as source-changed when the copy is gone and the file is another', async () => {
    const { engine, folder, write } = await makeFixture();
    await write('rows.csv', hourlyCsv());
    const spec = makeSpec();
    const source = await engine.freezeSource({ spec, asOf: AS_OF });
    await rm(join(folder, 'staging', 'files'), { recursive: true });
    await write('rows.csv', 't,temp,kind,y\n2024-01-01,1,a,1\n');
    await expect(engine.newestEvent({ spec, source })).rejects.toMatchObject({ type: 'source-changed' });
    await rm(join(folder, 'data', 'rows.csv'));
    await expect(engine.newestEvent({ spec, source })).rejects.toThrow("source file rows.csv is 'gone'");
  });

  it.each([
    ['/etc/passwd.csv'],
    ['../outside.csv'],
    ['weeks/../../outside.csv'],
    ['weeks//a.csv'],
    ['C:/data.csv'],
    ['weeks\\a.csv'],
    ['s3://bucket/a.parquet'],
    ['https://example.org/a.csv'],
  ])('refuses %s', async (rows) => {
    const { engine } = await makeFixture();
    await expect(engine.freezeSource({ spec: from(rows), asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-outside-root',
    });
  });

  it('refuses a link that climbs out of the root, and follows one that stays inside', async () => {
    const { engine, folder, root, write } = await makeFixture();
    await writeFile(join(folder, 'secret.csv'), 't\n1\n');
    await symlink(join(folder, 'secret.csv'), join(root, 'link.csv'));
    await expect(engine.freezeSource({ spec: from('link.csv'), asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-outside-root',
    });
    await symlink(folder, join(root, 'up'));
    await expect(engine.freezeSource({ spec: from('up/secret.csv'), asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-outside-root',
    });
    await write('real.csv', 't\n1\n');
    await symlink(join(root, 'real.csv'), join(root, 'alias.csv'));
    expect((await engine.freezeSource({ spec: from('alias.csv'), asOf: AS_OF })).files).toHaveLength(1);
  });

  it('says that nothing matches, without naming folders of the machine', async () => {
    const { engine, folder } = await makeFixture();
    const refusal = engine.freezeSource({ spec: from('weeks/*.csv'), asOf: AS_OF });
    await expect(refusal).rejects.toMatchObject({ type: 'source-missing' });
    await expect(refusal).rejects.not.toThrow(folder);
  });

  it('names every file that cannot be read', async () => {
    const { engine, parquet, write } = await makeFixture();
    await parquet('w/good.parquet', 'SELECT 1 AS t');
    await write('w/cut.parquet', 'PAR1 and then nothing');
    await write('w/empty.parquet', '');
    await expect(engine.freezeSource({ spec: from('w/*.parquet'), asOf: AS_OF })).rejects.toThrow(
      'source.rows: 2 of 3 files: w/cut.parquet cannot be read; w/empty.parquet is empty; expected whole files',
    );
  });

  it('refuses a mix of formats and an unknown one', async () => {
    const { engine, write } = await makeFixture();
    await write('m/a.csv', 't\n1\n');
    await write('m/b.xlsx', 'x');
    await expect(engine.freezeSource({ spec: from('m/*'), asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-format',
    });
    await expect(engine.freezeSource({ spec: from('m/b.xlsx'), asOf: AS_OF })).rejects.toMatchObject({
      type: 'source-format',
    });
  });
});
