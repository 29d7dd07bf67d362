import type { Instant } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, keyColumn, visibleUntil, type CandidateFeature } from './candidates.js';
import { count, instantLiteral } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { loggedSql } from './logged-inputs.js';
import { withCandidates } from './prepare.js';
import { predictionsSql, type LogSpan } from './prediction-log.js';

/** What is compared. */
export interface SkewRequest extends LogSpan {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly predictionFiles: readonly string[];
  readonly asOf: Instant;
}

/** How far serving and training saw the same inputs. */
export interface SkewReport {
  /** Requests of the champion whose row is in the source. */
  readonly rows: number;
  /** Features that differ, with the number of requests; features without a difference are left out. */
  readonly differing: readonly { readonly column: string; readonly count: number }[];
}

/**
 * Compares what serving was sent with what training reads for the same keys, event times from < t ≤ to. Numbers differ when they
 * are further apart than a millionth (clients may send 32-bit numbers) or when one of them is missing; categories when their text
 * differs. Features that the source cannot give are not compared.
 */
export async function compareLoggedWithSource(
  config: EngineConfig,
  request: SkewRequest,
): Promise<SkewReport> {
  const { spec, source, predictionFiles, from, to, asOf } = request;
  if (predictionFiles.length === 0) return { rows: 0, differing: [] };
  return withCandidates(config, { spec, source, asOf }, async (duck, candidates) => {
    const compared = candidates.features.filter(({ column }) => column !== undefined);
    const logged = predictionsSql(predictionFiles, keyColumn(spec) === spec.source.eventTime);
    const inputs = compared.map(({ name, spec: { type } }, index) => `${loggedSql(name, type)} AS l${index}`);
    const values = compared.map(({ column }, index) => `${column?.value ?? 'NULL'} AS s${index}`);
    const counts = compared.map(
      (feature, index) => `count(*) FILTER (${differs(feature, index)}) AS d${index}`,
    );
    const seen = await duck.row(
      `SELECT ${['count(*) AS n', ...counts].join(', ')}
       FROM (SELECT ${['key', ...inputs].join(', ')} FROM ${logged} WHERE role = 'champion'
           AND moment > ${instantLiteral(from)} AND moment <= ${instantLiteral(to)}) log
       JOIN (SELECT ${['key', ...values].join(', ')} FROM ${CANDIDATES} WHERE moment <= ${instantLiteral(visibleUntil(spec, asOf))}) rows
       USING (key)`,
    );
    const differing = compared.map(({ name }, index) => ({ column: name, count: count(seen[`d${index}`]) }));
    return { rows: count(seen['n']), differing: differing.filter((difference) => difference.count > 0) };
  });
}

function differs({ spec }: CandidateFeature, index: number): string {
  const [logged, source] = [`l${index}`, `s${index}`];
  if (spec.type === 'category') return `${logged} IS DISTINCT FROM ${source}`;
  const apart = `abs(${logged} - ${source}) > 1e-6 * greatest(abs(${logged}), abs(${source}), 1e-6)`;
  return `coalesce(${apart}, ${logged} IS DISTINCT FROM ${source})`;
}
