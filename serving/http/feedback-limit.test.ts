import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../storage/registry/registry.js';
import { aliasesAt, constant, registerHandMade } from '../fixtures.js';
import { startTestServer, type TestServer } from '../test-server.js';
import { createFeedbackLimit } from './feedback-limit.js';

describe('how fast a source may post labels', () => {
  let server: TestServer;
  beforeAll(async () => {
    const prepare = async (store: TestServer['store']): Promise<void> => {
      const champion = await registerHandMade(store, constant(1));
      await createRegistry(store).setAliases(aliasesAt(1, { champion }));
    };
    server = await startTestServer(prepare, { PERENNIAL_FEEDBACK_PER_MINUTE: '10000' });
  });
  afterAll(() => server.remove());

  it('is a number a minute, each source by itself', () => {
    let now = 0;
    const limit = createFeedbackLimit(60, () => now);
    limit.take('a', 60);
    expect(() => limit.take('a', 30)).toThrow(
      'labels of this source is 30; expected 60 a minute (PERENNIAL_FEEDBACK_PER_MINUTE). Send them again in 30 s; none of them was stored.',
    );
    limit.take('b', 60);
    now = 29_000;
    expect(() => limit.take('a', 30)).toThrow('in 1 s');
    now = 30_000;
    limit.take('a', 30);
    now = 10_000_000;
    expect(() => limit.take('a', 61)).toThrow('is 61');
  });

  it('answers 429 with the time to wait, and counts what was refused', async () => {
    const post = (n: number): Promise<Response> =>
      fetch(`${server.url()}/v2/models/bike-demand/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ labels: Array.from({ length: n }, (_, i) => ({ key: `k${i}`, label: i })) }),
      });
    expect((await post(10_000)).status).toBe(200);
    const refused = await post(10_000);
    expect([refused.status, refused.headers.get('perennial-refusal')]).toEqual([429, 'too-much-feedback']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const metrics = await (await fetch(`${server.url()}/metrics`)).text();
    expect(metrics).toContain('perennial_feedback_refused_total{model="bike-demand"} 10000');
  });
});
