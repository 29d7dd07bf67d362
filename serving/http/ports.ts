import type { Manifest } from '../../domain/manifest.js';
import type { VersionRef } from '../../domain/references.js';
import type { ServingClock } from '../clock.js';
import type { Fleet } from '../fleet.js';
import type { Heard } from '../heard.js';
import type { ServingMetrics } from '../metrics.js';
import type { FeedbackLimit } from './feedback-limit.js';
import type { RequestTraces } from '../request-traces.js';

/** What the routes need. */
export interface RoutePorts {
  readonly fleet: Fleet;
  readonly clock: ServingClock;
  readonly metrics: ServingMetrics;
  readonly heard: Heard;
  readonly feedbackLimit: FeedbackLimit;
  /** Absent where traces are off. */
  readonly traces?: RequestTraces | undefined;
  /** Reads a registered version. Throws `unknown-version`. */
  manifestOf(model: string, version: number): Promise<{ ref: VersionRef; manifest: Manifest }>;
  /** True from the moment it was asked to stop. */
  stopping(): boolean;
}
