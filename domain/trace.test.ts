import { describe, expect, it } from 'vitest';
import { readTrace, rootOf, spanIdOf, writeTrace } from './trace.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('a trace in a header', () => {
  it('is read and written as W3C has it', () => {
    const read = readTrace({ traceparent, tracestate: 'vendor=1' });
    expect(read).toEqual({ traceId: TRACE, spanId: '00f067aa0ba902b7', sampled: true, state: 'vendor=1' });
    expect(read && writeTrace(read)).toEqual({ traceparent, tracestate: 'vendor=1' });
    expect(readTrace({ traceparent: traceparent.replace(/01$/, '00') })).toMatchObject({ sampled: false });
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ traceparent: 7 }],
    [{ traceparent: '' }],
    [{ traceparent: `${traceparent}-more` }],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    [{ traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }],
  ])('that is none (%j) is none', (carrier) => {
    expect(readTrace(carrier)).toBeUndefined();
  });

  it('loses a state that is too long, and keeps the trace', () => {
    expect(readTrace({ traceparent, tracestate: 'x'.repeat(513) })).not.toHaveProperty('state');
  });
});

describe('the first span of a run', () => {
  it('is made of its run id, everywhere the same', () => {
    const root = rootOf('0199f3a2-7c11-7d2e-9b0a-5f1d2c3b4a59');
    expect(root.traceId).toBe('0199f3a27c117d2e9b0a5f1d2c3b4a59');
    expect(root).toEqual(rootOf('0199f3a2-7c11-7d2e-9b0a-5f1d2c3b4a59'));
    expect(rootOf('not a run id').traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('and those of its messages differ', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, i) => spanIdOf(`run/${i}`)));
    expect(ids.size).toBe(20_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });
});
