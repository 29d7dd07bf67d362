import { packageVersion } from '../../telemetry/package-version.js';
import { startTraces, type Traced, type Traces } from '../../telemetry/traces.js';
import type { Io } from './io.js';

/** A command does not wait longer for its last spans. @format milliseconds */
const SEND_WITHIN_MS = 1000;

/**
 * Runs a command as one span, when the environment turns traces on. Environment variables of traces that cannot be used are named on
 * standard error and cost the traces, not the command.
 */
export async function traced<T>(
  { env, note }: Pick<Io, 'env' | 'note'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const service = { service: 'perennial-cli', version: packageVersion(), env, sendWithinMs: SEND_WITHIN_MS };
  const traces = await startOrNote(service, note);
  if (traces === undefined) return work();
  try {
    return await traces.tracer.startActiveSpan(`perennial ${name}`, async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    });
  } finally {
    await traces.close();
  }
}

async function startOrNote(service: Traced, note: Io['note']): Promise<Traces | undefined> {
  try {
    return await startTraces(service);
  } catch (error) {
    note(`no traces: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
