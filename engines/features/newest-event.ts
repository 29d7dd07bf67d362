import type { Instant } from '../../domain/references.js';
import { instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES } from './candidates.js';
import { instantLiteral } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { withLabelRows } from './prepare.js';

/** What {@link newestEvent} looks at. */
export interface NewestEventRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  /** Event times after this one are taken for mistakes and left out; default: none is. */
  readonly notAfter?: Instant;
}

/** The newest event time of a source, or null when it has no readable one. */
export async function newestEvent(
  config: EngineConfig,
  { spec, source, notAfter }: NewestEventRequest,
): Promise<Instant | null> {
  return withLabelRows(config, { spec, source }, async (duck) => {
    const where = notAfter === undefined ? 'true' : `moment <= ${instantLiteral(notAfter)}`;
    const { newest } = await duck.row(
      `SELECT epoch_ms(max(moment))::DOUBLE AS newest FROM ${CANDIDATES} WHERE ${where}`,
    );
    return typeof newest === 'number' ? instant(newest) : null;
  });
}
