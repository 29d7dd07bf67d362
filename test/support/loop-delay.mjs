import { existsSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Loaded by `NODE_OPTIONS=--import …` into a process under test: writes the delays of its main thread's event loop, in milliseconds, to
// LOOP_DELAY_FILE four times a second. Deleting the file begins a new measurement.
const file = process.env['LOOP_DELAY_FILE'];
if (isMainThread && file !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const write = () => {
    if (!existsSync(file)) delays.reset();
    const [p50, p99, max] = [delays.percentile(50), delays.percentile(99), delays.max].map((ns) => ns / 1e6);
    writeFileSync(file, JSON.stringify({ p50, p99, max, samples: delays.count }));
  };
  setInterval(write, 250).unref();
}
