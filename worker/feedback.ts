import { readFile } from 'node:fs/promises';
import type { FeedbackReader } from '../engines/features/feedback-reader.js';
import { putArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { outcomeSegments, predictionSegments } from '../storage/predictions/segments.js';

/** Feedback as the feature engine reads it: from the logs of the store, which also keeps what a run froze of it. */
export const feedbackReader = (store: ObjectStore): FeedbackReader => ({
  outcomes: (model) => outcomeSegments(store, model),
  predictions: (model, part) => predictionSegments(store, model, part),
  keep: async (path) => putArtifact(store, await readFile(path)),
  stage: (ref) => stageArtifact(store, ref),
});
