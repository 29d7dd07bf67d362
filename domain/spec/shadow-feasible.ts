import { formatMillis, millis, type Duration } from '../duration.js';

/** What a shadow phase asks for, and the traffic that the model had. */
export interface ShadowDemand {
  /** `rollout.shadow.requests`. */
  readonly requests: number;
  /** `rollout.shadow.giveUpAfter`. */
  readonly giveUpAfter: Duration;
  /** Mean requests per day of event time in the past. */
  readonly requestsPerDay: number;
}

/** Whether past traffic delivers the requests in time. */
export interface ShadowFeasibility {
  readonly feasible: boolean;
  /** Requests to expect within `giveUpAfter`, rounded down. */
  readonly expected: number;
  /** One line for people. */
  readonly because: string;
}

/** A few trial requests say nothing of the traffic to come. */
const LEAST_DAYS = 2;

/** Requests per day between the first of them and `to`; null for a span too short to tell. Epoch milliseconds, oldest first. */
export function trafficOf(requests: Float64Array, to: number): number | null {
  const [first = to] = requests;
  const days = (to - first) / millis('1 day');
  return days < LEAST_DAYS ? null : requests.length / days;
}

/** Whether the requests that a shadow phase needs can arrive before it gives up. Without past traffic the answer is no. */
export function shadowFeasible({ requests, giveUpAfter, requestsPerDay }: ShadowDemand): ShadowFeasibility {
  const expected = Math.floor((requestsPerDay * millis(giveUpAfter)) / millis('1 day'));
  const rate = Number(requestsPerDay.toPrecision(3));
  const span = formatMillis(millis(giveUpAfter));
  const because = `rollout.shadow.requests is ${requests}; ${rate} requests a day, as of late, give ${expected} within ${span}: ask for fewer, or raise rollout.shadow.giveUpAfter`;
  return { feasible: expected >= requests, expected, because };
}
