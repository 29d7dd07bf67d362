import type { FeatureEngine } from '../engines/features/feature-engine.js';
import type { Plugins } from '../engines/plugins/index.js';
import type { Programs } from '../engines/training/command/index.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import type { Registry } from '../storage/registry/registry.js';
import type { ThreadLimits } from './thread-limits.js';

/** What the steps of a retrain work with. */
export interface RetrainPorts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly features: FeatureEngine;
  readonly limits: ThreadLimits;
  /** Programs that specs may name as their trainer. @default none */
  readonly commands?: Programs;
  /** Plug-ins that specs may name. @default none */
  readonly plugins?: Plugins;
  /** Scratch folder of this worker. */
  readonly scratch: string;
  /** Names the code in manifests, e.g. `perennial 0.1.0`. */
  readonly code: string;
  /** Allows faults on purpose. */
  readonly staged: boolean;
  /** Epoch milliseconds, for refusing source rows dated after it. A port so that tests can set it. */
  readonly clock: () => number;
}
