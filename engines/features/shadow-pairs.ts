import { instant, type Instant } from '../../domain/references.js';
import { epochMs } from './columns.js';
import { count, instantLiteral, withDuck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { predictionsSql } from './prediction-log.js';

/** Whose requests are counted. */
export interface ShadowPairsRequest {
  readonly predictionFiles: readonly string[];
  readonly champion: number;
  readonly challenger: number;
  /** Requests with an event time at or after this one. */
  readonly from: Instant;
}

/** Requests that both versions scored. */
export interface ShadowPairs {
  readonly pairs: number;
  readonly first: Instant | null;
  readonly last: Instant | null;
  /** Different hours, and days, of event time (UTC) that hold a pair. */
  readonly hours: number;
  readonly days: number;
}

/** Counts requests that both versions scored, whatever their roles (shadow, or reverse shadow while baking). */
export async function shadowPairs(config: EngineConfig, request: ShadowPairsRequest): Promise<ShadowPairs> {
  const { predictionFiles, champion, challenger, from } = request;
  if (predictionFiles.length === 0) return { pairs: 0, first: null, last: null, hours: 0, days: 0 };
  return withDuck(config.limits, async (duck) => {
    const seen = await duck.row(
      `SELECT count(*) AS pairs, ${epochMs('min(moment)')} AS first, ${epochMs('max(moment)')} AS last,
         count(DISTINCT epoch_ms(moment) // 3600000) AS hours, count(DISTINCT epoch_ms(moment) // 86400000) AS days
       FROM (SELECT prediction_id, min(moment) AS moment FROM ${predictionsSql(predictionFiles, false)}
         WHERE moment >= ${instantLiteral(from)} AND version IN (${Number(champion)}, ${Number(challenger)})
         GROUP BY prediction_id HAVING count(DISTINCT version) = 2)`,
    );
    const at = (value: unknown): Instant | null => (typeof value === 'number' ? instant(value) : null);
    return {
      pairs: count(seen['pairs']),
      first: at(seen['first']),
      last: at(seen['last']),
      hours: count(seen['hours']),
      days: count(seen['days']),
    };
  });
}
