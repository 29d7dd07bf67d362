/** Where in a trace something happens, as W3C Trace Context has it: who is the parent of what comes next. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether the trace is recorded. */
  readonly sampled: boolean;
  /** `tracestate`, as it came. */
  readonly state?: string;
}

/** Header of Temporal's messages that carries a trace: the name that Temporal's own OpenTelemetry interceptors use, in every language. */
export const TRACE_HEADER = '_tracer-data';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NOTHING = /^0+$/;
/** Longest `tracestate` that is passed on. @format characters */
const LONGEST_STATE = 512;

/** Reads what {@link TRACE_HEADER} carries. Anything that is no trace is none: who sends it must not break what it asks for. */
export function readTrace(carrier: unknown): TraceContext | undefined {
  if (typeof carrier !== 'object' || carrier === null || !('traceparent' in carrier)) return undefined;
  const found = TRACEPARENT.exec(String(carrier.traceparent));
  const [, traceId, spanId, flags] = found ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined;
  const state = 'tracestate' in carrier ? carrier.tracestate : undefined;
  return {
    ...{ traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 },
    ...(typeof state === 'string' && state !== '' && state.length <= LONGEST_STATE && { state }),
  };
}

/** What {@link TRACE_HEADER} carries. */
export function writeTrace({ traceId, spanId, sampled, state }: TraceContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}

/** The first span of a run that nobody's trace led to: a Schedule started it, or a person in the Web UI. The same wherever it is asked. */
export function rootOf(runId: string): Pick<TraceContext, 'traceId' | 'spanId'> {
  const digits = runId.replaceAll('-', '').toLowerCase();
  const traceId = /^[0-9a-f]{32}$/.test(digits) ? digits : spanIdOf(runId) + spanIdOf(`${runId}/`);
  return { traceId, spanId: spanIdOf(runId) };
}

/** A span id that is the same at every replay: 64 bits of FNV-1a, in two halves that begin differently. */
export function spanIdOf(text: string): string {
  return half(text, 0x811c9dc5) + half(text, 0x9e3779b9);
}

function half(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The last characters reach every bit; 0 is no span id.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return (hash || 1).toString(16).padStart(8, '0');
}
