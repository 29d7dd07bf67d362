import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sayVersion, writeProgram } from '../../test/support/temporal-fakes.js';
import { cachedTemporalPath, type BinarySource } from './find-temporal.js';
import { binFolder } from './program-search.js';
import type { FetchWay as AnyWay } from './provision.js';
import { ensureTemporalBinary } from './temporal-binary.js';
import { buildWithGo } from './temporal-build.js';

type FetchWay = AnyWay<BinarySource>;

let folder: string;
let env: NodeJS.ProcessEnv;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-ensure-'));
  env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
  lines = [];
});
// Tries again: a program that a test left behind may still write there.
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const progress = (line: string): void => void lines.push(line);
const wayOf = (from: FetchWay['from'], script: string): FetchWay => ({
  from,
  fetch: ({ folder: into }) => Promise.resolve(writeProgram(join(into, 'got'), script)),
});
const failing: FetchWay = { from: 'download', fetch: () => Promise.reject(new Error('no route to host')) };

/** A `go` that writes a Temporal CLI to the path behind `-o` when the file `go-on` appears, and counts its calls. */
function fakeGo(version = '1.26.8'): void {
  const ready = writeProgram(join(folder, 'ready'), sayVersion());
  const wait = `while ! test -e ${folder}/go-on; do sleep 0.05; done`;
  const build = `echo build >> ${folder}/calls; ${wait}; cp ${ready} "$6"`;
  writeProgram(
    join(folder, 'bin', 'go'),
    `case "$1" in version) echo "go version go${version} linux/amd64";; *) ${build};; esac`,
  );
}

describe('getting the Temporal CLI', () => {
  it('gets nothing and says nothing when one is here', async () => {
    const path = writeProgram(cachedTemporalPath(env), sayVersion());
    expect(await ensureTemporalBinary({ env, progress, ways: [failing] })).toMatchObject({
      path,
      from: 'cache',
    });
    expect(lines).toEqual([]);
  });

  it('tries one way after the other and keeps what came, named after its version', async () => {
    const binary = await ensureTemporalBinary({
      env,
      progress,
      ways: [failing, wayOf('go build', sayVersion())],
    });
    expect(binary).toEqual({
      path: cachedTemporalPath(env),
      from: 'go build',
      server: '1.31.2',
      cli: '1.8.2',
    });
    expect(lines).toEqual(['download: no route to host']);
    expect(readdirSync(binFolder(env))).toEqual(['temporal-1.8.2']);
    expect(await ensureTemporalBinary({ env, ways: [] })).toMatchObject({ from: 'cache' });
  });

  it('names a broken file, then replaces it', async () => {
    writeProgram(cachedTemporalPath(env), 'exit 1');
    const binary = await ensureTemporalBinary({ env, progress, ways: [wayOf('download', sayVersion())] });
    expect(binary.from).toBe('download');
    expect(lines).toEqual([expect.stringMatching(/^skipping .*temporal-1\.8\.2 \(cache\): it does not run/)]);
  });

  it('installs nothing that is not the Temporal CLI', async () => {
    const ways = [wayOf('download', 'echo "<html>log in to this network</html>"'), failing];
    await expect(ensureTemporalBinary({ env, ways })).rejects.toThrow(
      /download: what came is not the Temporal CLI/,
    );
    expect(readdirSync(binFolder(env))).toEqual([]);
  });

  it('says what was tried and the line that gets it by hand when nothing works', async () => {
    await expect(ensureTemporalBinary({ env, ways: [failing] })).rejects.toThrow(
      /^Temporal CLI; expected one in TEMPORAL_CLI.*no route to host.*CGO_ENABLED=0 go build .*temporal-1\.8\.2/,
    );
  });

  it('removes what a killed process left, but not what another may be writing', async () => {
    const [old, fresh] = ['.getting-old', '.getting-fresh'].map((name) => join(binFolder(env), name));
    for (const path of [old ?? '', fresh ?? '']) mkdirSync(path, { recursive: true });
    utimesSync(old ?? '', new Date(0), new Date(0));
    await ensureTemporalBinary({ env, ways: [wayOf('download', sayVersion())] });
    expect(readdirSync(binFolder(env)).sort()).toEqual(['.getting-fresh', 'temporal-1.8.2']);
  });

  it('takes over the lock of a process that died', async () => {
    const { pid } = spawnSync('true');
    mkdirSync(binFolder(env), { recursive: true });
    writeFileSync(`${cachedTemporalPath(env)}.lock`, JSON.stringify({ pid, birth: '', note: {} }));
    const binary = await ensureTemporalBinary({ env, progress, ways: [wayOf('download', sayVersion())] });
    expect(binary.from).toBe('download');
    expect(lines).toEqual([]);
  });

  it('names a cache folder that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const blocked = { ...env, XDG_CACHE_HOME: join(folder, 'file') };
    await expect(ensureTemporalBinary({ env: blocked, ways: [] })).rejects.toThrow(
      /Cache folder is '.*file\/perennial\/bin'; expected a folder that can be written .*set XDG_CACHE_HOME/,
    );
  });

  it('is done once by two processes at the same time; the second waits and says so', async () => {
    fakeGo();
    const starts = [startProcess(), startProcess()];
    await vi.waitUntil(() => starts.some(({ said }) => said().includes('is already getting')), {
      timeout: 50_000,
    });
    await vi.waitUntil(() => existsSync(join(folder, 'calls')), { timeout: 50_000 });
    writeFileSync(join(folder, 'go-on'), '');
    const results = await Promise.all(starts.map(({ done }) => done));
    expect(results).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('build\n');
    const origins = starts.map(({ said }) => /from (.*)$/m.exec(said())?.[1]).sort();
    expect(origins).toEqual(['cache', 'go build']);
    expect(readdirSync(binFolder(env))).toEqual(['temporal-1.8.2']);
  });

  it('goes on when the process that was getting it is killed', async () => {
    fakeGo();
    const first = startProcess();
    await vi.waitUntil(() => existsSync(join(folder, 'calls')), { timeout: 50_000 });
    first.kill();
    await first.done;
    writeFileSync(join(folder, 'go-on'), '');
    const binary = await ensureTemporalBinary({ env, ways: [{ from: 'go build', fetch: buildWithGo }] });
    expect(binary.from).toBe('go build');
  });
});

describe('building with Go', () => {
  const ways: FetchWay[] = [{ from: 'go build', fetch: buildWithGo }];

  it('says what happens and how long it takes', async () => {
    fakeGo();
    writeFileSync(join(folder, 'go-on'), '');
    await ensureTemporalBinary({ env, progress, ways });
    expect(lines).toEqual([
      'building the Temporal server 1.8.2 with Go 1.26.8: about 4 minutes, once per machine',
    ]);
  });

  it('refuses a Go that is too old', async () => {
    fakeGo('1.25.9');
    await expect(ensureTemporalBinary({ env, ways })).rejects.toThrow(
      /Go is 1\.25\.9; needed is 1\.26\.4 or newer/,
    );
  });

  it('says when there is no Go', async () => {
    await expect(ensureTemporalBinary({ env, ways })).rejects.toThrow(/there is no 'go' on PATH/);
  });

  it('shows the end of what the build said', async () => {
    writeProgram(
      join(folder, 'bin', 'go'),
      'case "$1" in version) echo "go version go1.27 linux/amd64";; *) echo "no space left on device" >&2; exit 1;; esac',
    );
    await expect(ensureTemporalBinary({ env, ways })).rejects.toThrow(
      /go build failed: no space left on device/,
    );
  });
});

/** A process of its own that gets the Temporal CLI with the fake Go. */
function startProcess(): { done: Promise<number | null>; said: () => string; kill: () => void } {
  const script = `
    import { ensureTemporalBinary } from './client/servers/temporal-binary.ts';
    import { buildWithGo } from './client/servers/temporal-build.ts';
    const ways = [{ from: 'go build', fetch: buildWithGo }];
    const binary = await ensureTemporalBinary({ progress: console.log, ways });
    console.log('from ' + binary.from);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const done = once(child, 'exit').then(([code]) => code as number | null);
  return { done, said: () => text, kill: () => void child.kill('SIGKILL') };
}
