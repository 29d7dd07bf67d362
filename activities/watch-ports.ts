import type { ModelSpec } from '../domain/spec/spec.js';
import type { Comparison } from '../domain/verdict.js';
import type { FeatureEngine } from '../engines/features/feature-engine.js';
import type { Plugins } from '../engines/plugins/index.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import type { Registry } from '../storage/registry/registry.js';
import type { ServingDoor } from './serving-door.js';
import type { TemporalDoor } from './temporal-door.js';
import type { ThreadLimits } from './thread-limits.js';
import type { BakeEnded, ShadowSeen } from './watch-activities.js';

/** Pure decisions that a long wait needs to know when it is over; policy/ makes them, worker/ hands them in. */
export interface WatchJudges {
  readonly shadow: (
    spec: ModelSpec,
    since: string,
    watermark: string,
    seen: ShadowSeen,
  ) => { enough: boolean; because: string };
  readonly bake: (
    spec: ModelSpec,
    seen: { since: string; watermark: string; comparison: Comparison | null; rows: number },
  ) => { kind: 'wait' | BakeEnded['kind']; because: string };
  /** Labelled rows below which a bake compares nothing. */
  readonly bakeMinRows: number;
}

/** What the long waits and the monitor work with. */
export interface WatchPorts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly features: FeatureEngine;
  readonly serving: ServingDoor;
  readonly temporal: TemporalDoor;
  readonly judges: WatchJudges;
  readonly limits: ThreadLimits;
  /** Plug-ins that specs may name. @default none */
  readonly plugins?: Plugins;
}
