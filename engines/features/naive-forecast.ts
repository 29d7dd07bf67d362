import { epoch, type Instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { loadLabels } from './label-series.js';
import { naiveValues, type NaiveValue } from './naive.js';
import { withLabelRows } from './prepare.js';
import { zoneOffsets } from './zone-offsets.js';

/** Rows to forecast for. */
export interface NaiveRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly rows: readonly { readonly key: string; readonly event_time: Instant }[];
  /** No label that became visible later is used. */
  readonly asOf: Instant;
}

/** The trivial baseline for each row, in the order of the rows; see {@link naiveValues}. */
export async function naiveForecast(
  config: EngineConfig,
  { spec, source, rows, asOf }: NaiveRequest,
): Promise<NaiveValue[]> {
  const times = Float64Array.from(rows, (row) => epoch(row.event_time));
  return withLabelRows(config, { spec, source, asOf }, (duck) => forecastAt(duck, { spec, asOf, times }));
}

/** The trivial baseline at event times, where {@link withLabelRows} has opened the source. */
export async function forecastAt(
  duck: Duck,
  { spec, asOf, times }: { readonly spec: ModelSpec; readonly asOf: Instant; readonly times: Float64Array },
): Promise<NaiveValue[]> {
  const series = await loadLabels(duck, spec, asOf);
  let from = series.times[0] ?? Infinity;
  let to = series.times.at(-1) ?? -Infinity;
  for (const time of times) {
    from = Math.min(from, time);
    to = Math.max(to, time);
  }
  const offset = await zoneOffsets(duck, spec.source.timeZone, { from, to });
  return naiveValues({ spec, series, times, offset });
}
