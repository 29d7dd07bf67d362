import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../storage/registry/registry.js';
import { startTraces, type Traces } from '../telemetry/traces.js';
import { startCollector, type Collector, type CollectedSpan } from '../test/support/collector.js';
import { aliasesAt, constant, registerHandMade } from './fixtures.js';
import { inferBody, startTestServer, type TestServer } from './test-server.js';
import { createRequestTraces } from './traced-requests.js';

const MODEL = '/v2/models/bike-demand';
const ALLOWED = { authorization: 'Bearer sesame-open-for-tests' };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const route = 'POST /v2/models/:model/infer';

let collector: Collector;
let traces: Traces | undefined;
let server: TestServer;
beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' };
  traces = await startTraces({ service: 'perennial-serving', version: '1', env });
  server = await startTestServer(
    async (store) => {
      const [one, two] = [
        await registerHandMade(store, constant(1)),
        await registerHandMade(store, constant(2)),
      ];
      await createRegistry(store).setAliases(aliasesAt(1, { champion: one, challenger: two }));
    },
    { PERENNIAL_SERVING_TOKEN: 'sesame-open-for-tests' },
    traces && createRequestTraces(traces),
  );
});
afterAll(async () => {
  await server.remove();
  await collector.close();
});

const named = (name: string): CollectedSpan[] => collector.spans.filter((span) => span.name === name);

/** Sends the head of a request, waits until the server has it, and goes away. */
async function goAway(path: string): Promise<void> {
  const { hostname, port } = new URL(server.url());
  const socket = connect(Number(port), hostname);
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `authorization: ${ALLOWED.authorization}`];
  const body = ['content-type: application/json', 'content-length: 9', 'expect: 100-continue', '', ''];
  socket.write([...head, ...body].join('\r\n'));
  await once(socket, 'data');
  socket.destroy();
}

describe('a traced prediction server', () => {
  it('ends the span of a caller that went away', async () => {
    await goAway(`${MODEL}/infer`);
    await expect
      .poll(() => named(route).map(({ attributes }) => attributes['error.type']))
      .toEqual(['aborted']);
  });

  it('goes on with its callers’ traces, down to the shadow; health, metrics and who may not ask are none', async () => {
    const from = { ...ALLOWED, traceparent: `00-${TRACE}-${CALLER}-01` };
    await server.call(`${MODEL}/infer?note=private`, inferBody([1.25, 2]), from);
    await server.call(`${MODEL}/infer`, { inputs: 'private' }, { ...ALLOWED, traceparent: 'nothing' });
    await server.call(`${MODEL}/infer`, inferBody([3]), {
      ...ALLOWED,
      traceparent: from.traceparent.replace(/01$/, '00'),
    });
    for (const path of ['/v2/health/live', '/metrics']) await fetch(server.url() + path);
    await fetch(`${server.url()}${MODEL}/infer`, {
      method: 'POST',
      headers: { traceparent: from.traceparent },
    });
    // A status waits for the shadow.
    await server.call(`${MODEL}/status`, undefined, ALLOWED);
    await traces?.close();

    const [gone, answered, refused, ...unwanted] = named(route);
    expect(gone?.attributes).toMatchObject({ 'error.type': 'aborted' });
    expect(unwanted).toEqual([]);
    expect(answered).toMatchObject({ traceId: TRACE, parentSpanId: CALLER, service: 'perennial-serving' });
    expect(answered?.attributes).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/v2/models/:model/infer' },
      ...{ 'http.response.status_code': 200, 'perennial.model': 'bike-demand' },
      ...{ 'perennial.version': 1, 'perennial.rows': 2 },
    });
    expect(refused?.traceId).not.toBe(TRACE);
    expect(refused?.attributes).toMatchObject({
      'http.response.status_code': 400,
      'error.type': 'bad-request',
    });
    expect(named('score shadow')).toMatchObject([
      {
        ...{ traceId: TRACE, parentSpanId: answered?.spanId },
        attributes: {
          ...{ 'perennial.model': 'bike-demand', 'perennial.version': 2 },
          ...{ 'perennial.role': 'shadow', 'perennial.rows': 2 },
        },
      },
    ]);
    expect(named('GET /v2/models/:model/status')).toHaveLength(1);
    expect(collector.spans).toHaveLength(5);
    expect(collector.bodies.join('')).not.toMatch(/private|1\.25/);
  });
});
