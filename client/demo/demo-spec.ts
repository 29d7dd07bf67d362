import { join } from 'node:path';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { projectRoot } from '../servers/project-root.js';
import { readSpecFile } from '../spec-file.js';

const FILES = { mlp: 'model.ts', trees: 'model-trees.ts' } as const;

/** A trainer that the story can be told with. */
export type DemoTrainer = keyof typeof FILES;

/** The names of {@link DemoTrainer}; the first is the default. */
export const DEMO_TRAINERS: readonly DemoTrainer[] = ['mlp', 'trees'];

/** The story's spec: the same model, source, window and triggers for every trainer. */
export const readDemoSpec = (trainer: DemoTrainer): Promise<ModelSpec> =>
  readSpecFile(join(projectRoot(), 'examples', 'bike-demand', FILES[trainer]));
