/**
 * Statistics on arrays, with no server, no files and no state outside the arguments: metrics, intervals, two-sample
 * tests, profiles, change detectors and performance without labels. A number that does not exist is a named absence.
 */
export * from './outcome.js';
export * from './random.js';
export type { Metric, MetricInput, Task } from './metrics/types.js';
export { evaluate, metricLoss, metricNames, metricOf, metrics } from './metrics/table.js';
export { lossOf, pinballLoss, type RowLoss } from './metrics/losses.js';
export { type ClassScores, type Confusion, classScores, confusionOf } from './metrics/confusion.js';
export { type BootstrapOptions, defaultBlockLength } from './bootstrap/blocks.js';
export { type BootstrapRequest, type Interval, bootstrapInterval } from './bootstrap/interval.js';
export {
  type LossRatio,
  type PairedLosses,
  meanInterval,
  pairedRelativeDifference,
  ratioOfMeans,
} from './bootstrap/means.js';
export { type Bounded, ratioLowerBound } from './bootstrap/mover.js';
export type { FloatColumn } from './numeric/radix.js';
export { sortColumn } from './numeric/radix.js';
export type { TestResult, TestValue } from './two-sample/types.js';
export { type Sample, type SampleInput, sampleInPlace, sampleOf } from './two-sample/sample.js';
export { type KsOptions, ks, ksPValue } from './two-sample/ks.js';
export {
  type CountPair,
  type Smoothing,
  hellinger,
  jsDistance,
  jsDivergence,
  kullbackLeibler,
  lInfinity,
  psi,
  totalVariation,
} from './two-sample/distances.js';
export { countBetween, inEqualWidths, inReferenceQuantiles, quantileEdges } from './two-sample/bins.js';
export { type CategoryCounts, type Cell, alignCategories, countCategories } from './two-sample/categories.js';
export { chiSquare, fisher, gTest, proportionTest, twoProportionZ } from './two-sample/contingency.js';
export { type BlockPermutation, blockPermutationKs } from './two-sample/permutation.js';
export { type Correction, adjust } from './multiple/correct.js';
export type { CategoricalProfile, ColumnProfile, NumericProfile, ProfileOptions } from './profile/types.js';
export type { Dependence } from './profile/dependence.js';
export { profileCategorical, profileNumeric } from './profile/build.js';
export { type NamedResult, type ProfileComparison, compareToProfile } from './profile/compare.js';
export { type CvmOptions, cramerVonMises } from './two-sample/cramer-von-mises.js';
export { andersonDarling } from './two-sample/anderson-darling.js';
export { type MannWhitneyOptions, mannWhitney, welchT } from './two-sample/location.js';
export { eppsSingleton } from './two-sample/epps-singleton.js';
export { energy, wasserstein, wassersteinNormed } from './two-sample/transport.js';
export type { ColumnsPair } from './several/pair.js';
export { type MmdOptions, mmd } from './several/mmd.js';
export { type DiscriminativeOptions, discriminative } from './several/discriminative.js';
export { type PcaOptions, pcaReconstruction } from './several/pca.js';
export type { Detector, DetectorKind, Parameters, SavedDetector } from './detectors/types.js';
export {
  type Detection,
  createDetector,
  detect,
  detectorOf,
  detectors,
  restoreDetector,
} from './detectors/table.js';
export { type Calibration, type CalibrationRequest, calibrate } from './detectors/calibrate.js';
export {
  type Delays,
  type FalseAlarms,
  blockStreams,
  measureDelays,
  measureFalseAlarms,
} from './detectors/measure.js';
export {
  type DriftColumn,
  type DriftColumnReport,
  type DriftOptions,
  type DriftReport,
  type ColumnSide,
  type DriftTestReport,
  type MeasuredColumn,
  compareColumns,
  judgeColumns,
  measureColumn,
} from './drift/columns.js';
export { driftTestNames } from './drift/tests.js';
export {
  type CalibrationChoice,
  type ChosenCalibrator,
  calibrationError,
  chooseCalibrator,
  fitPlatt,
} from './estimation/calibration.js';
export { type Calibrator, type Isotonic, fitIsotonic } from './estimation/isotonic.js';
export { type Chunk, chunksByCount, chunksByTime } from './estimation/chunks.js';
export {
  type ConfidentRows,
  type EstimableMetric,
  estimableMetrics,
  estimateMetric,
} from './estimation/confidence.js';
export {
  type ChunkEstimate,
  type ChunkMetric,
  type EstimateRequest,
  type PerformanceEstimate,
  type ScoredRowsInput,
  estimatePerformance,
} from './estimation/estimate.js';
export { type LabelledRows, samplingError } from './estimation/sampling-error.js';
export { type ThresholdRule, type Thresholds, outside, thresholdsOf } from './estimation/thresholds.js';
export {
  type DirectLossEstimate,
  type DirectLossRequest,
  type LossChunk,
  type LossEstimate,
  type PredictedRows,
  type RowLosses,
  estimateLoss,
  estimateRowLosses,
} from './estimation/direct-loss.js';
export { type BoostedTrees, type BoostingOptions, fitBoostedTrees } from './estimation/boosted-trees.js';
export {
  type MulticlassConfidence,
  type MulticlassEstimate,
  type MulticlassEstimator,
  multiclassEstimator,
} from './estimation/multiclass.js';
export {
  type EstimatePair,
  type LabelArrivals,
  type LabelDelay,
  type Reconciliation,
  labelDelay,
  reconcile,
} from './estimation/reconcile.js';
