import {
  context,
  propagation,
  ROOT_CONTEXT,
  SamplingDecision,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type Sampler } from '@opentelemetry/sdk-trace';
import { rootOf, type TraceContext } from '../domain/trace.js';
import type { TraceConfig } from './environment.js';
import { createIds, type GivenIds } from './given-ids.js';
import { samplerOf } from './samplers.js';
import { tellingExporter } from './telling-exporter.js';
import type { Traced } from './traces.js';

/** Traces that are on. */
export interface Traces {
  readonly tracer: Tracer;
  /** Names the ids of the next span: those of workflows are made in the workflow. */
  readonly ids: GivenIds;
  /** Where the spans of a run hang that nobody's trace led to; recorded or not as the sampler says. */
  rootContext(runId: string): Context;
  /** Sends what waits, and ends. Takes two seconds at most, or OTEL_EXPORTER_OTLP_TIMEOUT, and never throws. Twice is fine. */
  close(): Promise<void>;
}

/** Longest that the end of a process waits for the last spans. @format milliseconds */
const LAST_MS = 2000;

/** Turns traces on for this process: from now on OpenTelemetry's API does something. */
export function openTraces(config: TraceConfig, { service, version, sendWithinMs, log }: Traced): Traces {
  const sampler = samplerOf(config);
  const ids = createIds();
  const timeoutMillis = config.timeoutMs ?? sendWithinMs;
  const timeout = timeoutMillis === undefined ? {} : { timeoutMillis };
  const exporter = tellingExporter(new OTLPTraceExporter({ url: config.url, ...timeout }), log);
  const { queue, delayMs } = config;
  const processor = new BatchSpanProcessor({
    ...{ exporter, maxQueueSize: queue, scheduledDelayMillis: delayMs },
    maxExportBatchSize: Math.min(512, queue),
  });
  const provider = new TracerProvider({
    ...{ sampler, idGenerator: ids, spanProcessors: [processor] },
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  let closing: Promise<void> | undefined;
  return {
    tracer: provider.getTracer('perennial', version),
    ids,
    rootContext: (runId) =>
      contextOf({ ...rootOf(runId), sampled: isSampled(sampler, rootOf(runId).traceId) }),
    close: () => (closing ??= within(config.timeoutMs ?? LAST_MS, provider.shutdown()).then(turnOff)),
  };
}

/** OpenTelemetry's API does nothing again. */
function turnOff(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

/** A context whose spans are children of a span elsewhere. */
export function contextOf({ traceId, spanId, sampled }: TraceContext): Context {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Samplers go by the trace id alone, so that every process comes to the same decision about a trace that no message carries. */
function isSampled(sampler: Sampler, traceId: string): boolean {
  const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), patience]);
  clearTimeout(timer);
}
