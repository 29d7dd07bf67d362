import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../client/servers/free-port.js';
import { installLinked, pack } from '../../tools/package/consumer.js';
import { dataConverterOf } from '../../worker/data-converter.js';
import { readHistories } from '../replay/histories.js';
import { replayAll } from '../replay/replay-all.js';

const soak = process.env['PERENNIAL_SOAK'] === '1';
/** Of what takes half a minute on a quiet machine. */
const PATIENCE_MS = 900_000;
const scratch = mkdtempSync(join(tmpdir(), 'perennial-package-'));
const project = join(scratch, 'project');
const installed = join(project, 'node_modules/perennial');
const bin = join(installed, 'client/cli/perennial.mjs');
const fixtures = join(import.meta.dirname, 'consumer');

let packed: string;
beforeAll(() => {
  packed = pack(scratch);
  installLinked(packed, project);
}, PATIENCE_MS);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const temporal = {
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TEMPORAL_NAMESPACE: inject('temporalNamespace'),
  PERENNIAL_TASK_QUEUE: `package-${randomUUID()}`,
};

/** What a person's environment holds: nothing of how this repository runs its tests. */
const { NODE_OPTIONS: _, PERENNIAL_WORKFLOW_BUNDLES: __, ...outside } = process.env;

/** Runs Node in the project, where nothing of this repository's way of running applies. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, {
    cwd: project,
    env: { ...outside, ...temporal },
    encoding: 'utf8',
  });
}

const perennial = (...args: string[]): string => node(bin, ...args);

describe('the packed file', { timeout: PATIENCE_MS }, () => {
  const files = (): string[] =>
    readdirSync(installed, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));

  it('holds what runs, the examples and the licences, and nothing for development', () => {
    const names = files();
    expect(names).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/THIRD-PARTY-NOTICES.txt',
        'dist/client/index.d.ts',
        'dist/engines/training/trees/kernel.wasm',
        'dist/engines/training/command/supervise-program.mjs',
        'dist/engines/plugins/plugin-thread.js',
        'dist/engines/threads/one-thread-entry.js',
        'dist/engines/training/train-thread.js',
        'dist/serving/scoring/watchdog.mjs',
        'dist/workflows/plain.bundle.js',
        'dist/workflows/encrypted.bundle.js',
        'examples/bike-demand/model.ts',
        'tools/temporal-server/go.sum',
      ]),
    );
    expect(
      names.filter((name) => /\.test\.|\.fixture\.|^test\/|\.png$|\.map$|package-lock/.test(name)),
    ).toEqual([]);
    // TypeScript sources: of the examples alone.
    expect(names.filter((name) => /(?<!\.d)\.ts$/.test(name) && !name.startsWith('examples/'))).toEqual([]);
  });

  it('tells of no folder of the machine that packed it', () => {
    const root = join(import.meta.dirname, '../..');
    const text = files().filter((name) => !name.endsWith('.parquet'));
    const telling = text.filter((name) => {
      const content = readFileSync(join(installed, name), 'utf8');
      const map = /sourceMappingURL=data:[^,]*base64,(\S+)/.exec(content)?.[1] ?? '';
      return `${content}${Buffer.from(map, 'base64').toString()}`.includes(root);
    });
    expect(telling).toEqual([]);
  });

  it('quotes the licence of every package whose code it holds', () => {
    const notices = readFileSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices).toMatch(/^@temporalio\/workflow \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(notices).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)\n\nMIT License/m);
  });

  it.runIf(soak)('replays every recorded history by the bundle it brings', async () => {
    const code = readFileSync(join(installed, 'dist/workflows/plain.bundle.js'), 'utf8');
    const wrong = await replayAll({ code }, dataConverterOf({}), readHistories());
    expect([...wrong]).toEqual([]);
  });
});

describe('a project that has it installed', { timeout: PATIENCE_MS }, () => {
  it('compiles under strict as ES modules and as CommonJS, and runs as both', () => {
    for (const name of ['model.ts', 'use.ts', 'life.ts']) {
      mkdirSync(join(project, 'esm'), { recursive: true });
      copyFileSync(join(fixtures, name), join(project, 'esm', name));
      if (name !== 'life.ts') copyFileSync(join(fixtures, name), join(project, name));
    }
    writeFileSync(join(project, 'esm/package.json'), '{ "type": "module" }');
    const compilerOptions = {
      ...{ strict: true, module: 'nodenext', target: 'es2023', types: ['node'] },
      // The declarations of all libraries take half a minute.
      skipLibCheck: !soak,
      ...{ rootDir: '.', outDir: 'out' },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    node(createRequire(import.meta.url).resolve('typescript/lib/tsc.js'));
    copyFileSync(join(project, 'esm/package.json'), join(project, 'out/esm/package.json'));
    expect(readFileSync(join(project, 'out/use.js'), 'utf8')).toContain('require("perennial")');
    expect(readFileSync(join(project, 'out/esm/use.js'), 'utf8')).toContain("from 'perennial'");
    const said = { model: 'rides', drifted: false, threshold: 50 };
    expect(JSON.parse(node('out/use.js'))).toEqual(said);
    expect(JSON.parse(node('out/esm/use.js'))).toEqual(said);
  });

  it('has the command, which reads specs in TypeScript from both kinds of project', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ version: perennial('--version').trim() });
    for (const file of ['model.ts', 'esm/model.ts'])
      expect(JSON.parse(perennial('apply', file, '--dry-run', '--json'))).toMatchObject({ model: 'rides' });
  });

  it.runIf(soak)(
    'trains, promotes and serves first versions: worker, threads and WebAssembly as they are installed',
    async () => {
      writeRides(join(project, 'rides.csv'));
      const port = String(await freePort());
      const up = start(['up', '--approvers', 'ml-leads=ada', '--serving-port', port]);
      try {
        await said(up, 'Perennial is up');
        const first = { outcome: 'promoted', from: 'serving', version: 1, predictions: 1 };
        expect(JSON.parse(node('out/esm/life.js'))).toEqual([
          { ...first, model: 'by-trees' },
          { ...first, model: 'by-network' },
        ]);
        expect(perennial('versions', 'by-trees')).toMatch(/v1\s+champion/);
      } finally {
        up.child.kill('SIGTERM');
        await up.ended;
      }
    },
  );
});

// Fetches everything it depends on: minutes.
describe.runIf(soak)('an empty project', { timeout: PATIENCE_MS }, () => {
  it('installs it from the registry, by npm ci too, and runs it', () => {
    const empty = join(scratch, 'empty');
    mkdirSync(empty);
    // Without what an npm around this test says of its own project.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name)),
    );
    const run = (program: string, ...args: string[]): string =>
      execFileSync(program, args, { cwd: empty, env, encoding: 'utf8' });
    run('npm', 'init', '-y');
    run('npm', 'install', '--prefer-offline', packed);
    run('npm', 'ci', '--prefer-offline');
    expect(run('npm', 'ls', '--all', '--json')).not.toContain('"problems"');
    const loans = join(empty, 'node_modules/perennial/examples/car-loan');
    const files = [join(loans, 'reference.parquet'), join(loans, 'monitoring.parquet')];
    expect(JSON.parse(run('npx', 'perennial', 'drift', ...files, '--json'))).toMatchObject({ drifted: true });
    expect(run('npx', 'perennial', 'doctor')).toMatch(/^ok\s+ONNX Runtime/m);
  });
});

/** Hourly rows of sixty days until now. */
function writeRides(file: string): void {
  const now = Date.now();
  const lines = Array.from({ length: 1440 }, (_, i) => {
    const at = new Date(now - (1440 - i) * 3_600_000);
    const hour = at.getUTCHours();
    const temp = 0.5 + 0.4 * Math.sin(i / 50);
    const rides = 100 + 40 * Math.sin((hour / 12) * Math.PI) + 60 * temp + ((i * 7919) % 13);
    return [at.toISOString(), temp.toFixed(4), hour, rides.toFixed(0)].join(',');
  });
  writeFileSync(file, ['at,temp,hour,rides', ...lines, ''].join('\n'));
}

/** Starts the command in the project; `ended` gives the end of its log. */
function start(args: string[]): { child: ChildProcess; ended: Promise<string> } {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: project,
    env: { ...outside, ...temporal },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('close', () => resolve(readFileSync(join(project, '.perennial/logs/worker.log'), 'utf8')));
  });
  return { child, ended };
}

/** Resolves when a process has said something on its standard output; rejects when it ends before. */
function said({ child, ended }: ReturnType<typeof start>, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
    void ended.then((log) => reject(new Error(`it ended before it said '${words}': ${text}${log}`)));
  });
}
