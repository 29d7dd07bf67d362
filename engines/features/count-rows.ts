import type { Instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES } from './candidates.js';
import { count, instantLiteral } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { withLabelRows } from './prepare.js';

/** What {@link countRows} counts: rows with event times from < t ≤ to. */
export interface CountRowsRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly from: Instant;
  readonly to: Instant;
}

/** How many rows of a source lie in a span of event time. */
export async function countRows(
  config: EngineConfig,
  { spec, source, from, to }: CountRowsRequest,
): Promise<number> {
  return withLabelRows(config, { spec, source }, async (duck) => {
    const where = `moment > ${instantLiteral(from)} AND moment <= ${instantLiteral(to)}`;
    const { n } = await duck.row(`SELECT count(*) AS n FROM ${CANDIDATES} WHERE ${where}`);
    return count(n);
  });
}
