import { createRandom, detect } from '../../stats/index.js';
import { type BenchLine, paired, peerPython, type PythonPeer, startPeer } from './measurement.js';

const CASES = [
  { name: 'adwin', rows: 500_000, target: 0.8 },
  { name: 'page-hinkley', rows: 500_000, target: 0.8 },
  { name: 'kswin', rows: 3_000, target: 50 },
] as const;

/** Values taken per second by a detector with its default parameters, on errors at a rate of 0.2. The peer is River, called from Python. */
export async function run(rounds = 3): Promise<BenchLine[]> {
  const python = peerPython();
  const peer = python === undefined ? null : startPeer(python, 'detectors-peer.py');
  try {
    const lines: BenchLine[] = [];
    for (const one of CASES) lines.push(await measure(one, peer, rounds));
    return lines;
  } finally {
    peer?.close();
  }
}

async function measure(
  { name, rows, target }: (typeof CASES)[number],
  peer: PythonPeer | null,
  rounds: number,
): Promise<BenchLine> {
  const random = createRandom(1);
  const values = Float64Array.from({ length: rows }, () => (random.next() < 0.2 ? 1 : 0));
  const seen = { ours: '', peer: '' };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    seen.ours = detect(values, name).alarms.join(' ');
    return rows / ((performance.now() - start) / 1000);
  };
  const theirs = async (python: PythonPeer): Promise<number> => {
    const answer = await python.ask({ detector: name, values: Array.from(values) });
    seen.peer = (answer['alarms'] as number[]).join(' ');
    return rows / Number(answer['seconds']);
  };
  const measured = await paired(rounds, ours, peer && (() => theirs(peer)));
  return {
    name: `detector ${name}`,
    unit: 'values/s',
    ours: measured.ours,
    peer: measured.peer && { name: 'River', figure: measured.peer },
    ratio: measured.ratio,
    target,
    note: peer ? `alarms ${seen.ours === seen.peer ? 'equal' : 'differ'}` : '',
  };
}
