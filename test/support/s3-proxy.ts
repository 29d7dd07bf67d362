import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/**
 * What happens to one request: `pass` it on; answer `busy` without passing it on; pass it on and `lose` the answer by cutting the
 * connection; `cut` the answer off half-way; pass it on and stay `silent`; or `refuse` it as a service without conditions does.
 */
export type Fate = 'pass' | 'busy' | 'lose' | 'cut' | 'silent';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A proxy before an S3 server, on which requests meet a fate. */
export interface S3Proxy {
  readonly endpoint: string;
  /** Everything that arrived, oldest first. */
  readonly seen: readonly SeenRequest[];
  /** Decides the fate of requests from now on. One that is decided late is held meanwhile. */
  decide(fate: (seen: SeenRequest) => Fate | Promise<Fate>): void;
  /** Is waited for between the service's answer and ours: the request took effect, and its caller does not know. */
  afterEffect(hold: (seen: SeenRequest) => Promise<void>): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port. Passes everything on until {@link S3Proxy.decide} says otherwise. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  let fate: (seen: SeenRequest) => Fate | Promise<Fate> = () => 'pass';
  let hold: (seen: SeenRequest) => Promise<void> = () => Promise.resolve();
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, answer) => {
    const arrived = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    seen.push(arrived);
    meet(arrived, { target, incoming, answer, fate, hold }).catch(() => incoming.socket.destroy());
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    seen,
    decide: (next) => {
      fate = next;
    },
    afterEffect: (next) => {
      hold = next;
    },
    close: () => stop(server),
  };
}

/** Listens on a free port of the loopback address; gives the address. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Closes a server and what is open. */
export async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** The whole body of a message. */
export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

interface Meeting {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  readonly fate: (seen: SeenRequest) => Fate | Promise<Fate>;
  readonly hold: (seen: SeenRequest) => Promise<void>;
}

async function meet(seen: SeenRequest, meeting: Meeting): Promise<void> {
  const { target, incoming, answer } = meeting;
  const body = await bodyOf(incoming);
  const fate = await meeting.fate(seen);
  if (fate === 'busy') return void answer.writeHead(503).end();
  const { status, headers, content } = await passOn(target, incoming, body);
  await meeting.hold(seen);
  if (fate === 'lose') return void incoming.socket.destroy();
  if (fate === 'silent') return;
  answer.writeHead(status, headers);
  if (fate === 'pass') return void answer.end(content);
  answer.write(content.subarray(0, content.length / 2), () => incoming.socket.destroy());
}

function passOn(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; content: Buffer }> {
  return new Promise((resolve, reject) => {
    // The host header stays: it is signed.
    const call = request(new URL(url ?? '/', target), { method, headers, agent: false }, (response) => {
      bodyOf(response).then(
        (content) => resolve({ status: response.statusCode ?? 500, headers: response.headers, content }),
        reject,
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
