import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../client/servers/project-root.js';
import { startTemporalServer, type TemporalServer } from '../../client/servers/temporal-server.js';
import { installLinked, pack } from '../package/consumer.js';
import { type BenchLine, paired, type Spread, spreadOf } from './measurement.js';

/** What is started: arguments of Node, and where. */
interface Start {
  readonly args: readonly string[];
  readonly cwd: string;
}

/**
 * What an installed Perennial weighs and how soon it is there, beside the same from this repository's sources: whole processes, from
 * their start to their end, or, for a worker, until it polls.
 */
export async function run(rounds = 7): Promise<BenchLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-package-'));
  const dataDir = join(folder, 'temporal');
  const server = await startTemporalServer({ dataDir });
  try {
    const packed = pack(folder);
    const project = join(folder, 'project');
    installLinked(packed, project);
    const installed = join(project, 'node_modules/perennial');
    return [sizeOf(packed, installed), ...(await starts({ rounds, project, installed, server }))];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(packed: string, installed: string): BenchLine {
  const files = readdirSync(installed, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  const bytes = files.reduce((sum, size) => sum + size, 0);
  const note = `${files.length} files; packed ${(statSync(packed).size / 1e6).toFixed(1)} MB`;
  return { name: 'package, unpacked', unit: 'MB', ours: spreadOf([bytes / 1e6]), ...ALONE, note };
}

const ALONE = { peer: null, ratio: null, target: null } as const;

interface Places {
  readonly rounds: number;
  readonly project: string;
  readonly installed: string;
  readonly server: TemporalServer;
}

async function starts({ rounds, project, installed, server }: Places): Promise<BenchLine[]> {
  const root = projectRoot();
  const here = (...args: string[]): Start => ({ args: ['--import', 'tsx', ...args], cwd: root });
  const there = (...args: string[]): Start => ({ args, cwd: project });
  const load = ['--input-type=module', '--eval', "await import('perennial')"];
  const ended = (start: Start) => () => timed(start, {});
  const polls = (start: Start) => () => timed(start, workerEnvironment(server, project), '"event":"ready"');
  const bin = join(installed, 'client/cli/perennial.mjs');
  const [help, client, worker] = [
    await paired(rounds, ended(there(bin, '--help')), ended(here('client/cli/main.ts', '--help'))),
    await paired(rounds, ended(there(...load)), ended(here(...load))),
    await paired(rounds, polls(there(join(installed, 'dist/worker/main.js'))), polls(here('worker/main.ts'))),
  ];
  return [
    lineOf('perennial --help', help),
    lineOf("import('perennial')", client),
    lineOf('worker, until it polls', worker),
  ];
}

function lineOf(name: string, { ours, peer }: { ours: Spread; peer: Spread | null }): BenchLine {
  const beside = peer === null ? null : { name: 'from the sources', figure: peer };
  return { name, unit: 'ms', ours, ...ALONE, peer: beside, note: '' };
}

/** Milliseconds until a process says `words`, or has ended. Throws when it ends otherwise. */
function timed({ args, cwd }: Start, env: NodeJS.ProcessEnv, words?: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, errors, took] = ['', '', 0];
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (words === undefined || took > 0 || !text.includes(words)) return;
    took = performance.now() - begin;
    child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (took > 0) resolve(took);
      else if (words === undefined && code === 0) resolve(performance.now() - begin);
      else reject(new Error(`${args.join(' ')} ended with ${String(code)}: ${errors.slice(-500)}`));
    });
  });
}

const workerEnvironment = (server: TemporalServer, folder: string): NodeJS.ProcessEnv => ({
  PERENNIAL_STORE: join(folder, 'store'),
  PERENNIAL_STATE: join(folder, 'state'),
  PERENNIAL_DATA_ROOTS: folder,
  PERENNIAL_SERVING_URLS: 'http://127.0.0.1:9',
  PERENNIAL_APPROVERS: '{"ml-leads":["ada"]}',
  TEMPORAL_ADDRESS: server.address,
  TEMPORAL_NAMESPACE: server.namespace,
});
