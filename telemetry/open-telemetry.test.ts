import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { rootOf } from '../domain/trace.js';
import { startCollector, type Collector } from '../test/support/collector.js';
import { clientInterceptors, traceHeaders } from './client-traces.js';
import { contextOf, type Traces } from './open-telemetry.js';
import { startTraces } from './traces.js';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function collectorOf(status = 200): Promise<Collector> {
  const collector = await startCollector();
  collector.answer(status);
  undo.push(collector.close);
  return collector;
}

const wordsOf = (line: string): string => (JSON.parse(line) as { msg: string }).msg;

/** A busy machine is no collector that is away. */
const patient = { OTEL_EXPORTER_OTLP_TIMEOUT: '60000' };

/** Traces to an address, and what was logged. */
async function tracesTo(url: string, env: Record<string, string> = {}) {
  const said: string[] = [];
  const log = pino({}, { write: (line) => void said.push(wordsOf(line)) });
  const given = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '10', ...patient, ...env };
  const traces = await startTraces({
    service: 'perennial-test',
    version: '1',
    env: given,
    log,
  });
  if (traces === undefined) throw new Error('traces are off');
  undo.push(traces.close);
  return { traces, said };
}

const oneSpan = ({ tracer }: Traces, name = 'a'): void => tracer.startSpan(name).end();

describe('a process that traces', () => {
  it('sends spans under its name, and what waits when it ends', async () => {
    const collector = await collectorOf();
    const { traces, said } = await tracesTo(collector.url, { OTEL_BSP_SCHEDULE_DELAY: '3600000' });
    traces.tracer.startActiveSpan('outer', (outer) => {
      oneSpan(traces, 'inner');
      outer.end();
    });
    await traces.close();
    const [inner, outer] = collector.spans;
    expect(inner).toMatchObject({ name: 'inner', service: 'perennial-test', parentSpanId: outer?.spanId });
    expect(said).toEqual([]);
  });

  it('carries its trace over HTTP and to Temporal; one that does not carries nothing', async () => {
    expect(await traceHeaders()).toEqual({});
    const { traces } = await tracesTo((await collectorOf()).url);
    await traces.tracer.startActiveSpan('outer', async (outer) => {
      const { traceId, spanId } = outer.spanContext();
      expect(await traceHeaders()).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    });
    expect(await clientInterceptors()).toHaveLength(1);
    await traces.close();
    expect(await traceHeaders()).toEqual({});
    expect(trace.getTracer('other').startSpan('b').isRecording()).toBe(false);
  });

  it('goes on with the trace of a caller, recorded or not as the caller says', async () => {
    const { traces } = await tracesTo((await collectorOf()).url);
    const from = (flags: string) => {
      const traceparent = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`;
      return traces.tracer.startSpan('a', {}, propagation.extract(ROOT_CONTEXT, { traceparent }));
    };
    expect(from('01').spanContext().traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect([from('01').isRecording(), from('00').isRecording()]).toEqual([true, false]);
    expect(from('xx').spanContext().traceId).not.toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('records a run that nobody traced, and its steps, or neither', async () => {
    const collector = await collectorOf();
    const env = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' };
    const { traces } = await tracesTo(collector.url, env);
    const recorded = Array.from({ length: 200 }, (_, i) => {
      const runId = `0199f3a2-7c11-7d2e-${(i * 327).toString(16).padStart(4, '0')}-5f1d2c3b4a59`;
      const root = traces.ids.during(rootOf(runId), () =>
        traces.tracer.startSpan('run', { kind: SpanKind.INTERNAL }, ROOT_CONTEXT),
      );
      expect(root.spanContext()).toMatchObject(rootOf(runId));
      const step = traces.tracer.startSpan('step', {}, traces.rootContext(runId));
      expect(step.isRecording()).toBe(root.isRecording());
      return root.isRecording();
    });
    expect(new Set(recorded)).toEqual(new Set([true, false]));
  });

  it('gives ids of its own to one span alone', async () => {
    const { traces } = await tracesTo((await collectorOf()).url);
    const given = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const parent = contextOf({ ...given, spanId: 'c'.repeat(16), sampled: true });
    const child = traces.ids.during(given, () => traces.tracer.startSpan('a', {}, parent));
    expect(child.spanContext()).toMatchObject(given);
    expect(traces.tracer.startSpan('b', {}, context.active()).spanContext().spanId).not.toBe(given.spanId);
  });
});

describe('a collector that is away', () => {
  it('costs spans, and one line when it goes and one when it comes back', async () => {
    const collector = await collectorOf(400);
    const { traces, said } = await tracesTo(collector.url);
    oneSpan(traces);
    await expect.poll(() => said).toHaveLength(1);
    oneSpan(traces);
    await expect.poll(() => collector.bodies).toHaveLength(2);
    collector.answer(200);
    oneSpan(traces, 'after');
    await expect.poll(() => said).toHaveLength(2);
    expect(said).toEqual([
      'traces cannot be sent; spans are dropped, nothing else changes',
      'traces are sent again',
    ]);
    expect(collector.spans.map(({ name }) => name)).toEqual(['after']);
  });

  it('or takes what it is sent and never answers, keeps nothing from ending', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
    const { traces } = await tracesTo(`http://127.0.0.1:${address.port}`, {
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    });
    for (let i = 0; i < 10_000; i++) oneSpan(traces);
    await traces.close();
    silent.close();
  });
});
