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
