import type { Duck } from './duck.js';
import { literal } from './duck.js';

/** Milliseconds to add to an instant to get the local time of a zone. */
export type ZoneOffset = (instantMs: number) => number;

const STEP_MINUTES = 15;

/**
 * Offsets of a time zone for instants from ≤ t ≤ to (epoch milliseconds). They come from the database's own zone table, so that
 * every supported Node computes the same; zones change their offset at full quarters of an hour.
 */
export async function zoneOffsets(
  duck: Duck,
  timeZone: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ZoneOffset> {
  if (timeZone === 'UTC' || !(from <= to)) return () => 0;
  const step = STEP_MINUTES * 60_000;
  const first = Math.floor(from / step) * step;
  const changes = await duck.rows(
    `SELECT since, away FROM (
       SELECT t AS since, (epoch_ms(make_timestamp(t * 1000) AT TIME ZONE 'UTC' AT TIME ZONE ${literal(timeZone)}) - t)::DOUBLE AS away,
         lag(away) OVER (ORDER BY t) AS before
       FROM (SELECT unnest(range(${first}, ${to + step}, ${step})) AS t))
     WHERE before IS DISTINCT FROM away ORDER BY since`,
  );
  const since = changes.map((change) => Number(change['since']));
  const away = changes.map((change) => Number(change['away']));
  return (instantMs) => {
    let index = since.length - 1;
    while (index > 0 && (since[index] ?? 0) > instantMs) index -= 1;
    return away[index] ?? 0;
  };
}
