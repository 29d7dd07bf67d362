import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../stats/random.js';
import type { Fate, S3Proxy } from '../../test/support/s3-proxy.js';

const SLOWEST_MS = 800;
const FATES: readonly (Fate | 'slow')[] = ['busy', 'busy', 'lose', 'cut', 'slow', 'slow', 'silent'];

/** Faults between a process and the store. */
export interface Noise {
  /** How many requests met one. */
  readonly met: () => number;
  /** From now on all requests pass. */
  end(): void;
}

/** Lets a share of the requests through a proxy meet a fault: 503, an answer lost or cut off, a slow one, none at all. */
export function makeNoise(proxy: S3Proxy, share: number, seed: number): Noise {
  const random = createRandom(seed);
  let met = 0;
  proxy.decide(async () => {
    if (random.next() >= share) return 'pass';
    met += 1;
    const fate = FATES[random.int(FATES.length)] ?? 'pass';
    if (fate !== 'slow') return fate;
    await sleep(random.int(SLOWEST_MS));
    return 'pass';
  });
  return { met: () => met, end: () => proxy.decide(() => 'pass') };
}
