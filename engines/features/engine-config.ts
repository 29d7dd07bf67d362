import type { BucketReader } from './bucket-files.js';
import type { DuckLimits } from './duck.js';
import type { FeedbackReader } from './feedback-reader.js';

/** What every call of the engine needs to know of this machine. */
export interface EngineConfig {
  readonly dataRoots: readonly string[];
  readonly stagingDir: string;
  readonly limits: DuckLimits;
  /** How files in buckets are read; undefined where no data root is a bucket. */
  readonly buckets: BucketReader | undefined;
  /** How feedback is read; undefined where no store is at hand. */
  readonly feedback?: FeedbackReader | undefined;
}
