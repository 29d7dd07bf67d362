import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';

/**
 * A cancellation arrives with the answer to a heartbeat. Heavy steps beat this often, so that they stop within a second.
 * @format milliseconds
 */
export const HEAVY_BEAT_MS = 500;

/** Fraction of the heartbeat timeout between two beats. */
const BEATS_PER_TIMEOUT = 4;

/**
 * Runs long work while heartbeating from the main thread, so that a killed worker is noticed and a cancellation arrives. The work
 * itself must not block the event loop. `report` replaces the details that the next beat carries.
 */
export async function withHeartbeat<T>(
  work: (context: { signal: AbortSignal; report: (details: unknown) => void }) => Promise<T>,
  everyMs = (activityInfo().heartbeatTimeoutMs ?? 20_000) / BEATS_PER_TIMEOUT,
): Promise<T> {
  let details: unknown = activityInfo().heartbeatDetails;
  const beat = (): void => {
    heartbeat(details);
  };
  beat();
  const timer = setInterval(beat, everyMs);
  const report = (next: unknown): void => {
    details = next;
    beat();
  };
  try {
    return await work({ signal: cancellationSignal(), report });
  } finally {
    clearInterval(timer);
  }
}
