import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeProgram } from '../../test/support/temporal-fakes.js';
import { OLDEST_GO } from './go-build.js';
import { cachedS3Path, ensureS3Binary, findS3Binary } from './s3-binary.js';
import { S3_SERVER_VERSION } from './s3-build.js';

const goMod = readFileSync(new URL('../../tools/s3-server/go.mod', import.meta.url), 'utf8');
const say = (version: string): string => `echo "Version  : ${version}"`;

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-s3-'));
  env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A `go` that writes a server of this version to the path behind `-o`. */
function fakeGo(version: string): void {
  const built = writeProgram(join(folder, 'built'), say(version));
  const build = `echo "$@" > ${folder}/call; cp ${built} "$6"`;
  writeProgram(
    join(folder, 'bin', 'go'),
    `case "$1" in version) echo "go version go1.26.8 linux/amd64";; *) ${build};; esac`,
  );
}

it('builds the version that go.mod pins, with the Go that it asks for', () => {
  expect(goMod).toContain(`\tgithub.com/versity/versitygw v${S3_SERVER_VERSION} `);
  expect(goMod).toContain(`\ngo ${OLDEST_GO}\n`);
});

it('takes the one on PATH, else the one in the cache, and passes over one that is too old', async () => {
  const cached = writeProgram(cachedS3Path(env), say('1.8.0'));
  writeProgram(join(folder, 'bin', 'versitygw'), say('v1.7.0'));
  expect(await findS3Binary({ env })).toMatchObject({
    binary: { path: cached, from: 'cache', version: '1.8.0' },
    skipped: [{ from: 'PATH', reason: 'is versitygw 1.7.0; needed is 1.8.0 or newer' }],
  });
  const path = writeProgram(join(folder, 'bin', 'versitygw'), say('v1.9.2'));
  expect(await findS3Binary({ env })).toEqual({
    binary: { path, from: 'PATH', version: '1.9.2' },
    skipped: [],
  });
});

it('is built once, says so, and is then found', async () => {
  fakeGo(S3_SERVER_VERSION);
  const lines: string[] = [];
  const built = await ensureS3Binary({ env, progress: (line) => void lines.push(line) });
  expect(built).toEqual({ path: cachedS3Path(env), from: 'go build', version: S3_SERVER_VERSION });
  expect(lines).toEqual([
    'building the S3 server (versitygw 1.8.0) with Go 1.26.8: about 2 minutes, once per machine',
  ]);
  expect(readFileSync(join(folder, 'call'), 'utf8')).toContain('-s -w -X main.Version=1.8.0 -o');
  expect(await ensureS3Binary({ env, ways: [] })).toMatchObject({ from: 'cache' });
});

it('installs nothing that is too old or another program, and says how to build it by hand', async () => {
  fakeGo('1.7.0');
  await expect(ensureS3Binary({ env })).rejects.toThrow(
    /^S3 server \(versitygw\); expected .*go build: what came is versitygw 1\.7\.0.*Build it: cd .*tools\/s3-server/,
  );
  expect(existsSync(cachedS3Path(env))).toBe(false);
  writeProgram(join(folder, 'built'), 'echo hello');
  await expect(ensureS3Binary({ env })).rejects.toThrow(/what came is not a versitygw that says its version/);
});

it('names what is missing without Go', async () => {
  await expect(ensureS3Binary({ env })).rejects.toThrow(
    /there is no 'go' on PATH.*--store s3:\/\/bucket\/prefix/,
  );
});

// Minutes on a machine whose Go caches are cold.
if (process.env['PERENNIAL_SOAK'] === '1')
  it('is built by the real Go into an empty cache, and runs', async () => {
    // Go's own cache follows XDG_CACHE_HOME too; keep it where it is.
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const real = { ...process.env, XDG_CACHE_HOME: folder, GOCACHE: goCache, PATH: pathWithout('versitygw') };
    const binary = await ensureS3Binary({ env: real, progress: (line) => console.log(line) });
    expect(binary).toEqual({ path: cachedS3Path(real), from: 'go build', version: S3_SERVER_VERSION });
  });

/** PATH without the folders that have a program. */
function pathWithout(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((each) => !existsSync(join(each, program))).join(delimiter);
}
