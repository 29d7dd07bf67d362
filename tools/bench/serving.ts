import { scratchFolder } from '../../storage/fixtures.js';
import { type BenchLine, peerPython, spreadOf } from './measurement.js';
import type { LoadResult } from './serving-load.js';
import { BODY, load, startFastApi, startServer } from './serving-setup.js';

type Variant = 'alone' | 'shadow' | 'peer';
type Round = Partial<Record<Variant, LoadResult>>;

const CONNECTIONS = [1, 16, 64];
const SECONDS = 3;
/** Requests/s over FastAPI's, and with a shadow over without. */
const TARGET = { fastApi: 3, shadow: 0.7 };

/**
 * Requests per second of the whole serving process over HTTP (validation, scoring off the event loop, prediction log), loaded by another
 * process with single rows, without and with a shadow. The peer is FastAPI on uvicorn with Python's onnxruntime: the same model and
 * protocol, without a log. The three take turns.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const python = peerPython();
  const folder = scratchFolder();
  const serving = await startServer(folder.path);
  const peer = python === undefined ? undefined : await startFastApi(python, folder.path);
  const measure = async (connections: number): Promise<Round> => {
    const order = { connections, seconds: SECONDS, body: BODY };
    await serving.shadow(false);
    const alone = await load({ ...order, url: serving.url });
    await serving.shadow(true);
    const shadow = await load({ ...order, url: serving.url });
    return peer === undefined
      ? { alone, shadow }
      : { alone, shadow, peer: await load({ ...order, url: peer.url }) };
  };
  try {
    const lines: BenchLine[] = [];
    for (const connections of CONNECTIONS) {
      const measured: Round[] = [];
      for (let round = 0; round < rounds; round++) measured.push(await measure(connections));
      lines.push(fastApiLine(connections, measured), shadowLine(connections, measured));
    }
    return lines;
  } finally {
    await serving.stop();
    peer?.stop();
    folder.remove();
  }
}

function fastApiLine(connections: number, rounds: readonly Round[]): BenchLine {
  const peer = rounds.some((round) => round.peer !== undefined);
  const beside = peer ? `, FastAPI ${p99(rounds, 'peer')}` : '';
  return {
    name: `serving, ${connections} connections`,
    unit: 'requests/s',
    ours: spreadOf(rates(rounds, 'alone')),
    peer: peer ? { name: 'FastAPI + onnxruntime', figure: spreadOf(rates(rounds, 'peer')) } : null,
    ratio: peer ? ratio(rounds, 'alone', 'peer') : null,
    // One connection measures the way there and back, not how much a server can do.
    target: connections === 1 ? null : TARGET.fastApi,
    note: `p99 ${p99(rounds, 'alone')}${beside}; ${errors(rounds)} errors`,
  };
}

function shadowLine(connections: number, rounds: readonly Round[]): BenchLine {
  return {
    name: `serving with a shadow, ${connections} connections`,
    unit: 'requests/s',
    ours: spreadOf(rates(rounds, 'shadow')),
    peer: { name: 'without a shadow', figure: spreadOf(rates(rounds, 'alone')) },
    ratio: ratio(rounds, 'shadow', 'alone'),
    target: connections === 1 ? null : TARGET.shadow,
    note: `p99 ${p99(rounds, 'shadow')}`,
  };
}

const rates = (rounds: readonly Round[], variant: Variant): number[] =>
  rounds.map((round) => round[variant]?.requestsPerSecond ?? NaN);

function ratio(rounds: readonly Round[], one: Variant, other: Variant): BenchLine['ratio'] {
  const over = rates(rounds, other);
  return spreadOf(rates(rounds, one).map((rate, i) => rate / (over[i] ?? NaN)));
}

const p99 = (rounds: readonly Round[], variant: Variant): string =>
  `${spreadOf(rounds.map((round) => round[variant]?.p99Ms ?? NaN)).median.toFixed(1)} ms`;

const errors = (rounds: readonly Round[]): number =>
  rounds.flatMap((round) => Object.values(round)).reduce((sum, result) => sum + result.errors, 0);
