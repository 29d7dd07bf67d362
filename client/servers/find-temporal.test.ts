import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sayVersion, writeProgram } from '../../test/support/temporal-fakes.js';
import { cachedTemporalPath, findTemporalBinary } from './find-temporal.js';
import { binFolder } from './program-search.js';
import { isAtLeast } from './version-order.js';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-find-'));
  env = {
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    PATH: `${join(folder, 'bin')}:relative:/usr/bin:/bin`,
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const onPath = (): string => join(folder, 'bin', 'temporal');

describe('looking for the Temporal CLI', () => {
  it('finds none where there is none', async () => {
    expect(await findTemporalBinary({ env })).toEqual({ binary: undefined, skipped: [] });
  });

  it('prefers TEMPORAL_CLI to PATH to the cache folder', async () => {
    const cached = writeProgram(cachedTemporalPath(env), sayVersion('1.31.2'));
    expect((await findTemporalBinary({ env })).binary).toEqual({
      path: cached,
      from: 'cache',
      server: '1.31.2',
      cli: '1.8.2',
    });
    writeProgram(onPath(), sayVersion('1.32.0'));
    expect((await findTemporalBinary({ env })).binary).toMatchObject({
      path: onPath(),
      from: 'PATH',
      server: '1.32.0',
    });
    const own = writeProgram(join(folder, 'own'), sayVersion('1.31.4', '0.0.0-DEV'));
    const search = await findTemporalBinary({ env: { ...env, TEMPORAL_CLI: own } });
    expect(search.binary).toEqual({ path: own, from: 'TEMPORAL_CLI', server: '1.31.4', cli: '0.0.0-DEV' });
  });

  it('accepts a cached file without a version in its name', async () => {
    const path = writeProgram(join(binFolder(env), 'temporal'), sayVersion());
    expect((await findTemporalBinary({ env })).binary).toMatchObject({ path, from: 'cache' });
  });

  it.each([
    ['an older one', sayVersion('1.29.1', '1.5.1'), /holds server 1\.29\.1; needed is 1\.31\.2 or newer/],
    ['another program', 'echo hello', /is not the Temporal CLI: '--version' says 'hello'/],
    ['one that says nothing', 'true', /is not the Temporal CLI/],
    ['one that fails', 'echo broken >&2; exit 3', /does not run: broken/],
  ])('skips and names %s', async (_what, script, reason) => {
    writeProgram(onPath(), script);
    const cached = writeProgram(cachedTemporalPath(env), sayVersion());
    const { binary, skipped } = await findTemporalBinary({ env });
    expect(binary?.path).toBe(cached);
    expect(skipped).toEqual([
      { path: onPath(), from: 'PATH', reason: expect.stringMatching(reason) as unknown },
    ]);
  });

  it('skips a truncated file', async () => {
    writeProgram(onPath(), '');
    writeFileSync(onPath(), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]));
    const { skipped } = await findTemporalBinary({ env });
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.reason).toMatch(/^does not run: /);
  });

  it('passes over a file that is no program', async () => {
    chmodSync(writeProgram(onPath(), sayVersion()), 0o644);
    expect(await findTemporalBinary({ env })).toEqual({ binary: undefined, skipped: [] });
  });

  it.each(['/nowhere/temporal', '/usr/bin/true', '/tmp'])('refuses TEMPORAL_CLI=%s', async (path) => {
    writeProgram(onPath(), sayVersion());
    await expect(findTemporalBinary({ env: { ...env, TEMPORAL_CLI: path } })).rejects.toThrow(
      new RegExp(`TEMPORAL_CLI is '${path}'; expected the path of a Temporal CLI .*unset it`),
    );
  });

  it('takes a relative XDG_CACHE_HOME for none', () => {
    expect(binFolder({ HOME: '/home/ada', XDG_CACHE_HOME: 'here' })).toBe('/home/ada/.cache/perennial/bin');
    expect(binFolder({ HOME: '/home/ada', XDG_CACHE_HOME: '/cache' })).toBe('/cache/perennial/bin');
  });
});

describe('comparing versions', () => {
  it.each([
    ['1.31.2', '1.31.2', true],
    ['1.32', '1.31.2', true],
    ['1.4.9', '1.31.2', false],
    ['2', '1.31.2', true],
    ['1.31.10', '1.31.9', true],
    ['1.31.1', '1.31.2', false],
  ])('%s is at least %s: %s', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected);
  });
});
