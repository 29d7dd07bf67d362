import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type BenchLine, peerPython, type Spread } from './measurement.js';

// `npm run bench [-- name…] [--rounds 5] [--json]` runs the named benches, or all of them, one after another.
interface BenchModule {
  run(rounds?: number): Promise<BenchLine[]>;
}

const BENCHES: Readonly<Record<string, () => Promise<BenchModule>>> = {
  training: () => import('./training.js'),
  scoring: () => import('./scoring.js'),
  extract: () => import('./extract.js'),
  serving: () => import('./serving.js'),
  orchestration: () => import('./orchestration.js'),
  trees: () => import('./trees.js'),
  drift: () => import('./drift.js'),
  detectors: () => import('./detectors.js'),
  estimate: () => import('./estimate.js'),
  package: () => import('./package.js'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string' } },
});

async function main(): Promise<void> {
  const unknown = positionals.find((name) => !(name in BENCHES));
  if (unknown !== undefined) {
    console.error(`bench '${unknown}' is not known; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1)) {
    console.error(`--rounds ${values.rounds}: give a whole number of at least 1`);
    process.exitCode = 2;
    return;
  }
  const say = (text: string): void => {
    if (!values.json) console.log(text);
  };
  say(`${machine()}\n`);
  const all: BenchLine[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
    const lines = await runOne(name, rounds);
    all.push(...lines);
    for (const line of lines) say(words(line));
  }
  if (values.json) console.log(JSON.stringify({ machine: machine(), lines: all }));
  else if (peerPython() === undefined) {
    say('\npeer missing: set PERENNIAL_PYTHON to a Python with the packages that docs/performance.md names');
  }
}

/** A bench that cannot run is named; the others still run, and the exit code says so. */
async function runOne(name: string, rounds: number | undefined): Promise<BenchLine[]> {
  try {
    const bench = await BENCHES[name]?.();
    return (await bench?.run(rounds)) ?? [];
  } catch (error) {
    console.error(`${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
    return [];
  }
}

/** One line: our median and spread, the peer's, the ratio with its spread, the target, what else was found. */
function words({ name, unit, ours, peer, ratio, target, note }: BenchLine): string {
  const parts = [`${name}: ${spread(ours)} ${unit}`];
  if (peer !== null) parts.push(`${peer.name} ${spread(peer.figure)}`);
  if (ratio !== null) parts.push(`ratio ${spread(ratio)}${verdict(ratio, target)}`);
  if (note !== '') parts.push(note);
  return parts.join('; ');
}

function verdict({ median }: Spread, target: number | null): string {
  if (target === null) return '';
  return `, ${median >= target ? 'reaches' : 'below'} ${target}`;
}

const spread = ({ median, min, max }: Spread): string => `${figure(median)} (${figure(min)}–${figure(max)})`;

const figure = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${memory} GiB, Node ${process.versions.node}, ${process.platform}`;
}

await main();
