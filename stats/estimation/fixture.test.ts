import { describe, expect, it } from 'vitest';
import { type CarLoan, readCarLoan } from '../fixtures/car-loan.js';
import { readFixture } from '../fixtures/read.js';
import { chooseCalibrator } from './calibration.js';
import { estimatePerformance } from './estimate.js';
import { fitIsotonic } from './isotonic.js';
import { reconcile } from './reconcile.js';

interface Numbers {
  estimated: number;
  realized: number;
  sampling_error: number;
  alert: boolean;
}
type Metric = 'roc_auc' | 'accuracy' | 'f1' | 'precision' | 'recall';
type Chunk = { start: number; end: number } & Record<Metric, Numbers>;
interface Fixture {
  isotonic: { x: number[]; y: number[] };
  thresholds: Record<Metric, { lower: number; upper: number }>;
  reference_chunks: Chunk[];
  monitoring_chunks: Chunk[];
  summary: Record<Metric, { mean_abs_error_estimated_vs_realized: number; chunks_alerted: number[] }>;
}
const fixture = readFixture<Fixture>('cbpe-car-loan');
const metrics = ['roc_auc', 'accuracy', 'f1', 'precision', 'recall'] as const;

const [reference, current]: [CarLoan, CarLoan] = await Promise.all([
  readCarLoan('reference'),
  readCarLoan('monitoring'),
]);

describe('estimates equal NannyML on car loans', () => {
  it('calibrates isotonically through the same points, and chooses to', () => {
    const fitted = fitIsotonic(reference.scores, reference.labels);
    fixture.isotonic.x.forEach((x, i) => expect(fitted.apply(x)).toBeCloseTo(fixture.isotonic.y[i] ?? 0, 9));
    const { calibrator, errors } = chooseCalibrator(reference.scores, reference.labels);
    expect(calibrator.kind).toBe('isotonic');
    expect(errors?.isotonic).toBeLessThan(errors?.none ?? 0);
  });

  it('gives the same limits, estimates, realised values, errors and alerts', () => {
    const ours = estimatePerformance({ reference, current, chunkSize: 5000, metrics });
    if (ours.kind === 'absent') throw new Error(ours.reason);
    for (const metric of metrics) {
      expect(Math.abs((ours.thresholds[metric]?.lower ?? 0) - fixture.thresholds[metric].lower)).toBeLessThan(
        1e-5,
      );
      expect(Math.abs((ours.thresholds[metric]?.upper ?? 0) - fixture.thresholds[metric].upper)).toBeLessThan(
        1e-5,
      );
      const sides = [
        ...fixture.reference_chunks.map((c, i) => [c, ours.reference[i]] as const),
        ...fixture.monitoring_chunks.map((c, i) => [c, ours.chunks[i]] as const),
      ];
      expect(sides.length).toBe(20);
      for (const [theirs, mine] of sides) {
        const got = mine?.metrics[metric];
        const label = `${metric} ${theirs.start}`;
        expect([mine?.start, mine?.end]).toEqual([theirs.start, theirs.end]);
        expect(Math.abs((got?.estimated ?? 0) - theirs[metric].estimated), label).toBeLessThan(1e-4);
        expect(Math.abs((got?.realized ?? 0) - theirs[metric].realized), label).toBeLessThan(1e-9);
        const tolerance = metric === 'roc_auc' ? 0.01 : 1e-6;
        expect(Math.abs((got?.samplingError ?? 0) / theirs[metric].sampling_error - 1), label).toBeLessThan(
          tolerance,
        );
        expect(got?.alert, label).toBe(theirs[metric].alert);
      }
    }
  });

  it('is as far from the truth, and alerts in the same chunks', () => {
    const ours = estimatePerformance({ reference, current, chunkSize: 5000, metrics });
    if (ours.kind === 'absent') throw new Error(ours.reason);
    for (const metric of metrics) {
      const rows = ours.chunks.map((chunk) => chunk.metrics[metric]);
      const truth = reconcile(rows.filter((row) => row !== undefined));
      const theirs = fixture.summary[metric];
      const error = truth.meanAbsoluteError.kind === 'value' ? truth.meanAbsoluteError.value : NaN;
      expect(Math.abs(error - theirs.mean_abs_error_estimated_vs_realized), metric).toBeLessThan(1e-5);
      expect(
        rows.flatMap((row, chunk) => (row?.alert ? [chunk] : [])),
        metric,
      ).toEqual(theirs.chunks_alerted);
    }
  });

  it('needs no labels of the current rows, and takes them as they mature', () => {
    const { scores, predictions } = current;
    const early = estimatePerformance({
      reference,
      current: { scores, predictions },
      metrics: ['roc_auc', 'average_precision'],
    });
    const labels = Array.from(current.labels, (y, i) => (i < 5000 ? y : null));
    const later = estimatePerformance({
      reference,
      current: { scores, predictions, labels },
      metrics: ['roc_auc'],
    });
    if (early.kind === 'absent' || later.kind === 'absent') throw new Error('absent');
    expect(early.chunks.map((c) => c.metrics.roc_auc?.alert)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(early.chunks[0]?.metrics.roc_auc).toMatchObject({
      realized: null,
      realizedAlert: null,
      reason: 'there are no labels',
    });
    expect(later.chunks.map((c) => c.labelled)).toEqual([5000, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(later.chunks[0]?.metrics.roc_auc?.realized).toBeCloseTo(0.9709624381107628, 9);
  });
});
