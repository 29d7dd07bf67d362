import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** A call that came in. */
export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: unknown;
}

/** A real receiver of webhooks. */
export interface WebhookReceiver {
  readonly url: string;
  readonly calls: ReceivedCall[];
  /** What it answers next; 200 until a test says otherwise. */
  answer: (call: ReceivedCall) => { status: number; headers?: Record<string, string>; body?: string };
  close(): Promise<void>;
}

/** Starts a receiver on loopback. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const receiver: Omit<WebhookReceiver, 'url' | 'close'> = { calls: [], answer: () => ({ status: 200 }) };
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const call = {
        path: request.url ?? '',
        headers: request.headers,
        raw,
        body: JSON.parse(raw) as unknown,
      };
      receiver.calls.push(call);
      const { status, headers = {}, body = 'ok' } = receiver.answer(call);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
