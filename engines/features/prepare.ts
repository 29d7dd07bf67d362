import type { Instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { createCandidates, type Candidates } from './candidates.js';
import type { Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { withSource, type OpenSource } from './open-source.js';
import { createSqlCandidates } from './sql-candidates.js';

/** What {@link withCandidates} opens. */
export interface CandidateRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly asOf: Instant;
  /** The one file that may be written. */
  readonly writable?: string;
}

/** Opens a source with its candidate rows: the files' own columns, or what the spec's SQL makes of them. */
export async function withCandidates<T>(
  config: EngineConfig,
  { spec, source, asOf, writable }: CandidateRequest,
  use: (duck: Duck, candidates: Candidates, open: OpenSource) => Promise<T>,
): Promise<T> {
  return withSource(config, { spec, source }, async (open) => {
    const { sql } = spec.source;
    if (sql === undefined) return use(open.duck, await createCandidates(open, spec, { asOf }), open);
    const stated = await open.stated(); // The SQL locks the database: nothing more can be read from files then.
    const { candidates } = await createSqlCandidates(open, { spec, sql, asOf, writable });
    return use(open.duck, candidates, { ...open, stated: () => Promise.resolve(stated) });
  });
}

/**
 * Opens a source with event time, key and label only, as the files state them: `source.sql` has no part in these. Labels of a source
 * of their own are those that had arrived at `asOf`; without it, none is read.
 */
export async function withLabelRows<T>(
  config: EngineConfig,
  { spec, source, asOf }: Omit<CandidateRequest, 'asOf' | 'writable'> & { readonly asOf?: Instant },
  use: (duck: Duck, candidates: Candidates) => Promise<T>,
): Promise<T> {
  return withSource(config, { spec, source }, async (open) =>
    use(open.duck, await createCandidates(open, { ...spec, features: {} }, { asOf })),
  );
}
