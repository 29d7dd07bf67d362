import type { WorkflowClientInterceptor } from '@temporalio/client';

/** Where OpenTelemetry's API keeps what somebody in this process turned on. */
const TURNED_ON = Symbol.for('opentelemetry.js.api.1');

/** Whether somebody traces in this process: we, or the program that uses the client. */
const isOn = (): boolean => TURNED_ON in globalThis;

/** What stands around calls to Temporal; nothing where nobody traces, and then nothing is loaded. */
export async function clientInterceptors(): Promise<WorkflowClientInterceptor[]> {
  return isOn() ? [(await import('./client-interceptor.js')).clientInterceptor] : [];
}

/** Headers that carry the present trace over HTTP; none where nobody traces. */
export async function traceHeaders(): Promise<Record<string, string>> {
  const carrier: Record<string, string> = {};
  if (!isOn()) return carrier;
  const { context, propagation } = await import('@opentelemetry/api');
  propagation.inject(context.active(), carrier);
  return carrier;
}
