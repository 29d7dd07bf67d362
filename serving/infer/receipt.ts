import { epoch, instant } from '../../domain/references.js';
import type { RequestContract } from './contract.js';
import type { InferRequest } from './infer-request.js';
import { inputsByRow, type Receipt } from './log-rows.js';
import type { PredictionIds } from './prediction-ids.js';
import { badRequest } from './refuse.js';

/**
 * Stamps a request. An absent event time is the receipt time; an absent key is the event time when the client gave one (the
 * default key of a source), else the prediction id. An event time later than receipt + skew throws `bad-request`, except under
 * the stepped clock, where the row is marked.
 */
export function stampReceipt(
  request: InferRequest,
  contract: RequestContract,
  at: { readonly now: number; readonly stepped: boolean; readonly ids: PredictionIds },
): Receipt {
  const receivedAt = instant(at.now);
  const eventTimes = request.eventTimes ?? new Array<string>(request.rows.count).fill(receivedAt);
  const latest = at.now + contract.clockSkewMs;
  const aheadOfClock = eventTimes.map((time) => epoch(time) > latest);
  const ahead = at.stepped ? -1 : aheadOfClock.indexOf(true);
  if (ahead >= 0) throw aheadOf(ahead, eventTimes[ahead], latest);
  const ids = eventTimes.map((eventTime, row) => at.ids({ key: request.keys?.[row] ?? null, eventTime }));
  const keys = request.keys ?? (request.eventTimes === undefined ? ids : eventTimes);
  return { receivedAt, ids, keys, eventTimes, aheadOfClock, inputs: inputsByRow(request.rows, contract) };
}

function aheadOf(row: number, found: string | undefined, latest: number): Error {
  const next = "Check the client's clock; leave event_time out to use the receipt time. Nothing was scored.";
  return badRequest(
    `event_time, row ${row}`,
    found,
    `at most ${instant(latest)} (receipt + clock skew)`,
    next,
  );
}
