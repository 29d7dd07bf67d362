import { connect } from 'node:net';

/**
 * A closed-loop load generator, run as its own process so that it takes no time from the server: `tsx serving-load.ts
 * '{"url", "body", "connections", "seconds"}'` prints one JSON line, {@link LoadResult}. Each connection sends the next request
 * when the last answer is complete.
 */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly connections: number;
  /** Measured time, after a fifth of it as warm-up. */
  readonly seconds: number;
}

/** What the load generator saw. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** One connection that calls `seen` with the milliseconds of each answer until it is closed. */
function call(order: LoadOrder, seen: (ms: number, ok: boolean) => void): { end(): void } {
  const { hostname, port, pathname } = new URL(order.url);
  const head =
    `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(order.body)}\r\n\r\n`;
  const request = Buffer.from(head + order.body);
  const socket = connect(Number(port), hostname);
  let buffered = Buffer.alloc(0);
  let sentAt = 0;
  const send = (): void => {
    sentAt = performance.now();
    socket.write(request);
  };
  socket.setNoDelay(true);
  socket.on('connect', send);
  socket.on('data', (data) => {
    buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data]);
    const length = answerLength(buffered);
    if (length === undefined || buffered.length < length) return;
    const ok = buffered.subarray(9, 12).toString() === '200';
    buffered = buffered.subarray(length);
    seen(performance.now() - sentAt, ok);
    send();
  });
  socket.on('error', () => seen(0, false));
  return { end: () => void socket.destroy() };
}

/** Bytes of the whole answer once its head is there. */
function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(bytes.subarray(0, end).toString('latin1'))?.[1];
  return end + END_OF_HEAD.length + Number(length ?? 0);
}

/** Runs an order in this process. */
async function load(order: LoadOrder): Promise<LoadResult> {
  let times: number[] = [];
  let errors = 0;
  const calls = Array.from({ length: order.connections }, () =>
    call(order, (ms, ok) => {
      if (ok) times.push(ms);
      else errors += 1;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 200));
  times = [];
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000));
  const seconds = (performance.now() - from) / 1000;
  const sorted = Float64Array.from(times).sort();
  for (const one of calls) one.end();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return { requestsPerSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), errors };
}

const order = process.argv[2];
if (order !== undefined)
  process.stdout.write(`${JSON.stringify(await load(JSON.parse(order) as LoadOrder))}\n`);
