import type { Manifest, ModelInput } from '../../domain/manifest.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { millis } from '../../domain/duration.js';

/** An input of a request. */
export interface InputContract {
  readonly name: string;
  readonly type: ModelInput['type'];
  /** False when the spec allows no missing values: then null is refused instead of being imputed. */
  readonly nullable: boolean;
}

/** What a version accepts. */
export interface RequestContract {
  readonly model: string;
  readonly version: number;
  /** In the order of the graph. */
  readonly inputs: readonly InputContract[];
  readonly byName: ReadonlyMap<string, InputContract>;
  /** How much later than receipt an event time may be. @format milliseconds */
  readonly clockSkewMs: number;
}

const DEFAULT_SKEW = '5 minutes';

/** Contract of a version, by its manifest and the spec it was made from (null: unknown, then null is allowed everywhere). */
export function requestContract(
  manifest: Manifest,
  version: number,
  spec: ModelSpec | null,
): RequestContract {
  const inputs = manifest.inputs.map(({ name, type }) => ({
    name,
    type,
    nullable: (spec?.features[name]?.maxMissing ?? 1) > 0,
  }));
  return {
    model: manifest.model,
    version,
    inputs,
    byName: new Map(inputs.map((input) => [input.name, input])),
    clockSkewMs: millis(spec?.serving.clockSkew ?? DEFAULT_SKEW),
  };
}
