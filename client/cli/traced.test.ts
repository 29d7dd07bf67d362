import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../../test/support/collector.js';
import { keptIo } from './test-io.js';
import { traced } from './traced.js';

describe('a command', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.close());

  it('is one span, also when it fails', async () => {
    const io = keptIo({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' },
    });
    expect(await traced(io, 'status', () => Promise.resolve(7))).toBe(7);
    await expect(traced(io, 'apply', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(collector.spans).toMatchObject([
      { name: 'perennial status', service: 'perennial-cli' },
      { name: 'perennial apply', service: 'perennial-cli' },
    ]);
    expect(io.noted).toEqual([]);
  });

  it('does what it was asked where traces cannot be sent, and says so only of variables that are wrong', async () => {
    collector.answer(400);
    const down = keptIo({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' },
    });
    const wrong = keptIo({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ops:hunter2@' } });
    for (const io of [down, wrong]) expect(await traced(io, 'status', () => Promise.resolve(7))).toBe(7);
    expect(down.noted).toEqual([]);
    expect(wrong.noted).toEqual([
      expect.stringMatching(/^no traces: environment \(OTEL_EXPORTER_OTLP_ENDPOINT: an address such as/),
    ]);
    expect(wrong.noted.join('')).not.toContain('hunter2');
  });
});
