import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCode, pluginDigest } from './digest.js';

const scratch = mkdtempSync(join(tmpdir(), 'perennial-digest-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const OURS = `import { limit } from './limit.mjs'; export default { name: 'ours', version: String(limit) };`;

/** A folder as Kubernetes mounts a ConfigMap: links to links to a folder with the time in its name. */
function mount(pod: string, stamp: string, limit = 1): string {
  const folder = join(scratch, pod);
  mkdirSync(join(folder, stamp), { recursive: true });
  writeFileSync(join(folder, stamp, 'ours.mjs'), OURS);
  writeFileSync(join(folder, stamp, 'limit.mjs'), `export const limit = ${limit};`);
  rmSync(join(folder, '..data'), { force: true });
  symlinkSync(stamp, join(folder, '..data'));
  for (const name of ['ours.mjs', 'limit.mjs']) {
    rmSync(join(folder, name), { force: true });
    symlinkSync(`..data/${name}`, join(folder, name));
  }
  return join(folder, 'ours.mjs');
}

describe('the digest of a plug-in', () => {
  it('is the same behind links, for equal files, however they are mounted', async () => {
    const here = await findCode(mount('a', '..2026_11_21_10'));
    const there = await findCode(mount('b', '..2026_11_22_11'));
    const before = await pluginDigest(here);
    expect(here.places).toEqual(['limit.mjs', 'ours.mjs']);
    expect(await pluginDigest(there)).toBe(before);
    mount('a', '..2026_11_22_12');
    expect(await pluginDigest(here)).toBe(before);
    mount('a', '..2026_11_22_13', 2);
    expect(await pluginDigest(here)).not.toBe(before);
  });

  it('tells of a file that is gone, and of a link that leads elsewhere', async () => {
    const folder = join(scratch, 'linked');
    for (const version of ['one', 'two']) {
      mkdirSync(join(folder, version), { recursive: true });
      writeFileSync(join(folder, version, 'limit.mjs'), 'export const limit = 1;');
    }
    symlinkSync('one', join(folder, 'now'));
    writeFileSync(join(folder, 'ours.mjs'), OURS.replace('./', './now/'));
    const code = await findCode(join(folder, 'ours.mjs'));
    expect(code.places).toEqual(['one/limit.mjs', 'ours.mjs']);
    expect(await pluginDigest(code)).toMatch(/^[0-9a-f]{64}$/);
    rmSync(join(folder, 'now'));
    expect(await pluginDigest(code)).toBe('gone');
    symlinkSync('two', join(folder, 'now'));
    expect(await pluginDigest(code)).toBe('gone');
    rmSync(join(folder, 'ours.mjs'));
    expect(await pluginDigest(code)).toBe('gone');
  });

  it('needs no esbuild once the files are known; trouble of the machine is no fault of the plug-in', async () => {
    const code = await findCode(mount('c', '..2026_11_21_10'));
    const dead = () => Promise.reject(new Error('The service is no longer running'));
    expect(await pluginDigest(code)).toMatch(/^[0-9a-f]{64}$/);
    await expect(findCode(code.file, dead)).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(
        /^esbuild could not read plug-in .*ours\.mjs: The service is no longer running$/,
      ),
    });
    await expect(pluginDigest({ ...code, places: ['x'.repeat(5000)] })).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/^the files of plug-in .* cannot be read now: Error: ENAMETOOLONG/),
    });
  });
});
