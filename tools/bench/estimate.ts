import { fileURLToPath } from 'node:url';
import { withTable } from '../../engines/tables/read-columns.js';
import { type EstimableMetric, estimatePerformance } from '../../stats/index.js';
import { type BenchLine, paired, peerPython, startPeer } from './measurement.js';

const METRICS: readonly EstimableMetric[] = ['roc_auc', 'accuracy', 'f1', 'precision', 'recall'];
const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../examples/car-loan/${name}.parquet`, import.meta.url));

/**
 * Estimates per second of the car loans' performance without labels: both files read (50,000 rows each), calibrated, five
 * metrics over ten chunks with limits, sampling error and realised values. The peer is NannyML's CBPE.
 */
export async function run(rounds = 5): Promise<BenchLine[]> {
  const python = peerPython();
  const peer = python === undefined ? null : startPeer(python, 'estimate-peer.py');
  const files = { reference: fileOf('reference'), current: fileOf('monitoring') };
  const seen = { ours: [0], peer: [0] };
  try {
    const ours = async (): Promise<number> => {
      const start = performance.now();
      const [reference, current] = await Promise.all([read(files.reference), read(files.current)]);
      const estimate = estimatePerformance({ reference, current, chunkSize: 5000, metrics: METRICS });
      seen.ours =
        estimate.kind === 'value' ? estimate.chunks.map((c) => c.metrics.roc_auc?.estimated ?? NaN) : [];
      return 1000 / (performance.now() - start);
    };
    const theirs = async (): Promise<number> => {
      const answer = await peer?.ask(files);
      seen.peer = (answer?.['roc_auc'] as number[] | undefined) ?? [];
      return 1 / Number(answer?.['seconds']);
    };
    const measured = await paired(rounds, ours, peer && theirs);
    const worst = Math.max(...seen.ours.map((v, i) => Math.abs(v - (seen.peer[i] ?? NaN))));
    return [
      {
        name: 'estimated performance, car loans',
        unit: 'estimates/s',
        ours: measured.ours,
        peer: measured.peer && { name: 'NannyML', figure: measured.peer },
        ratio: measured.ratio,
        target: 5,
        note: peer ? `largest difference of ROC AUC: ${worst.toExponential(1)}` : '',
      },
    ];
  } finally {
    peer?.close();
  }
}

async function read(
  file: string,
): Promise<{ scores: Float64Array; predictions: Float64Array; labels: Float64Array }> {
  return withTable(file, async (rows) => ({
    scores: await rows.numbers('y_pred_proba'),
    predictions: await rows.numbers('y_pred'),
    labels: await rows.numbers('repaid'),
  }));
}
