import { describe, expect, it, vi } from 'vitest';
import { readTraceConfig } from './environment.js';
import { startTraces } from './traces.js';

vi.mock('./open-telemetry.js', () => {
  throw new Error('the SDK was loaded');
});

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('traces', () => {
  it.each([
    ['nothing is set', {}],
    ['only a name is set', { OTEL_SERVICE_NAME: 'x' }],
    ['the address is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    ['the exporter is none', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
    ['they are off, whatever else is wrong', { OTEL_TRACES_SAMPLER: 'sometimes' }],
  ])('are off when %s', async (_, env) => {
    expect(readTraceConfig(env)).toBeUndefined();
    expect(await startTraces({ service: 's', version: '1', env })).toBeUndefined();
  });

  it('load the SDK only when they are on', async () => {
    const on = startTraces({ service: 's', version: '1', env: ENDPOINT });
    await expect(on).rejects.toThrow();
  });

  it('are on with an address, to which the path is added', () => {
    const config = {
      sampler: 'parentbased_always_on',
      ratio: 1,
      delayMs: 5000,
      queue: 2048,
      timeoutMs: undefined,
    };
    expect(readTraceConfig(ENDPOINT)).toEqual({ url: 'http://127.0.0.1:4318/v1/traces', ...config });
    const below = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example/team/' };
    expect(readTraceConfig(below)?.url).toBe('https://otel.example/team/v1/traces');
  });

  it('go to the address for traces as it is', () => {
    const own = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otel.example/spans' };
    expect(readTraceConfig(own)?.url).toBe('https://otel.example/spans');
  });

  it('are sampled as the environment says', () => {
    const env = { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(readTraceConfig(env)).toMatchObject({ sampler: 'traceidratio', ratio: 0.25 });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'an address such as http://127.0.0.1:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://ops:hunter2@collector', 'an address such as'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'nowhere', 'an address such as'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'for grpc, the address of the collector’s HTTP port'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', '"otlp"'],
    ['OTEL_SDK_DISABLED', 'yes', 'true or false'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', '"parentbased_traceidratio"'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', '<=1'],
    ['OTEL_BSP_SCHEDULE_DELAY', '-1', '>=0'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', '>=1'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', '>=1'],
  ])('refuse %s=%s by name, and never show the value', (name, value, allowed) => {
    const read = () => readTraceConfig({ ...ENDPOINT, [name]: value });
    expect(read).toThrow(`environment (${name}: `);
    expect(read).toThrow(allowed);
    expect(read).toThrow('OTEL_SDK_DISABLED=true');
    expect(read).not.toThrow('hunter2');
  });
});
