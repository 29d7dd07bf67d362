import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { millis } from '../../domain/duration.js';
import { epoch, instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { createFeatureEngine, type FeatureEngine } from '../../engines/features/feature-engine.js';
import type { FittedModel } from '../../engines/training/fitted-model.js';
import { predictModel, trainModel } from '../../engines/training/train.js';
import type { Ride } from './forecasts.js';
import { DAY_MS } from './plan.js';
import { rideTable } from './ride-table.js';

/** What the calendar baseline works with. */
export interface ScheduledBaselineOptions {
  readonly spec: ModelSpec;
  /** Folder of the delivered files: the baseline sees what Perennial sees, when it sees it. */
  readonly dataRoot: string;
  readonly scratch: string;
  /** As-of of the first version; slots count from it. */
  readonly anchor: string;
  readonly everyDays: number;
  /** The first version, which both policies share. */
  readonly first: FittedModel;
  readonly signal: AbortSignal;
}

/** A model and the event time from which it answers. */
interface Era {
  readonly from: number;
  readonly model: FittedModel;
}

/**
 * "Retrain every 30 days": the same path as Perennial's (frozen source, window, training, shadow span), by the calendar alone, with
 * no gates, no approval and no bake. It trains beside the live loop, one training at a time.
 */
export class ScheduledBaseline {
  readonly #options: ScheduledBaselineOptions;
  readonly #features: FeatureEngine;
  readonly #eras: Era[];
  #slots = 0;
  #work: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(options: ScheduledBaselineOptions) {
    this.#options = options;
    const stagingDir = join(options.scratch, 'staging');
    this.#features = createFeatureEngine({ dataRoots: [options.dataRoot], stagingDir, threads: 1 });
    this.#eras = [{ from: Number.NEGATIVE_INFINITY, model: options.first }];
  }

  /** Retrains so far, the first training included. */
  get retrains(): number {
    return this.#slots + 1;
  }

  /** Freezes what is delivered now for every slot up to `to`; the trainings follow in the background. */
  async advance(to: string): Promise<void> {
    const { anchor, everyDays, spec } = this.#options;
    while (epoch(anchor) + (this.#slots + 1) * everyDays * DAY_MS <= epoch(to)) {
      this.#slots += 1;
      const asOf = instant(epoch(anchor) + this.#slots * everyDays * DAY_MS);
      const source = await this.#features.freezeSource({ spec, asOf });
      const from = epoch(to) + shadowDays(spec) * DAY_MS;
      const slot = this.#slots;
      this.#work = this.#work
        .then(() => this.#train(source, slot, from))
        .catch((error: unknown) => {
          this.#failure ??= error;
        });
    }
  }

  /** What this policy forecast for each ride. Waits for the trainings; throws what the first one that failed threw. */
  async forecasts(rides: readonly Ride[]): Promise<Map<string, number>> {
    await this.#work;
    if (this.#failure !== undefined) throw this.#failure;
    const { spec } = this.#options;
    const forecast = new Map<string, number>();
    for (const [i, { from, model }] of this.#eras.entries()) {
      const until = this.#eras[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const answered = rides.filter(({ at }) => epoch(at) >= from && epoch(at) < until);
      await forecastWith(spec, model, answered, forecast);
    }
    return forecast;
  }

  async #train(source: SourceManifest, slot: number, from: number): Promise<void> {
    const { spec, scratch, signal } = this.#options;
    signal.throwIfAborted();
    const out = join(scratch, `slot-${slot}.parquet`);
    const plan = this.#features.planWindow({ spec, asOf: source.asOf });
    await this.#features.takeSnapshot({ spec, source, plan, out });
    const { train, validation } = await this.#features.loadBlocks({ spec, snapshotPath: out });
    await rm(out, { force: true });
    const before = this.#eras.at(-1)?.model;
    const starts = 'start' in spec.trainer && spec.trainer.start === 'warm';
    const warm = starts && before !== undefined ? { warmStart: before } : {};
    const model = await trainModel({ spec, train, validation, signal, ...warm });
    this.#eras.push({ from, model });
  }
}

/** Days of the shadow span as the stepped clock sees it: the log is complete only up to the clock − lateness. */
const shadowDays = (spec: ModelSpec): number =>
  Math.ceil((millis(spec.rollout.shadow.span) + millis(spec.source.lateness)) / DAY_MS);

/** Forecasts of one model for rides, by instant, added to `into`. */
export async function forecastWith(
  spec: ModelSpec,
  model: FittedModel,
  rides: readonly Ride[],
  into: Map<string, number>,
): Promise<void> {
  if (rides.length === 0) return;
  const scores = await predictModel(model, rideTable(spec, rides));
  rides.forEach(({ at }, i) => into.set(at, Number(scores[i])));
}
