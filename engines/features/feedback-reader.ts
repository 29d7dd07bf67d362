import type { ArtifactRef } from '../../domain/references.js';

/** Columns of a table of frozen feedback. */
export const FROZEN = { id: 'prediction_id', key: 'key', label: 'label', arrival: 'arrived_at' } as const;

/** Where feedback is read, and what was frozen of it kept for every machine. */
export interface FeedbackReader {
  /** Local files (JSON lines) of all feedback of a model. */
  outcomes(model: string): Promise<string[]>;
  /** Local files (JSON lines) of a model's prediction log; those that hold only earlier event times than `from` may be left out. */
  predictions(model: string, part: { readonly from?: string }): Promise<string[]>;
  /** Keeps a file under the digest of its bytes. */
  keep(path: string): Promise<ArtifactRef>;
  /** A local file with the bytes that were kept. */
  stage(ref: ArtifactRef): Promise<string>;
}
