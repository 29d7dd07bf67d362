import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { freePort } from '../../client/servers/free-port.js';

/** A door of Temporal Cloud's kind before a Temporal server: TLS, and nobody gets in without an API key or a known certificate. */
export interface CloudDoor {
  readonly address: string;
  /** The authority to trust, for `TEMPORAL_TLS_SERVER_CA_CERT_PATH`. */
  readonly authority: string;
  /** A client's certificate that the door knows, for `TEMPORAL_TLS_CLIENT_CERT_PATH` and `TEMPORAL_TLS_CLIENT_KEY_PATH`. */
  readonly certificate: string;
  readonly key: string;
  /** The names of the calls that were let in, e.g. `/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo`. */
  readonly letIn: readonly string[];
  close(): Promise<void>;
}

const UNAUTHENTICATED = '16';

/** Starts one. With `apiKey` every call must carry it; without, every connection must show the client's certificate. */
export async function openCloudDoor(
  target: string,
  { apiKey }: { readonly apiKey?: string },
): Promise<CloudDoor> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-door-'));
  const server = certificateOf(folder, 'server');
  const client = certificateOf(folder, 'client');
  const letIn: string[] = [];
  const inner = connect(`http://${target}`);
  const door = createSecureServer({
    cert: readFileSync(server.certificate),
    key: readFileSync(server.key),
    ...(apiKey === undefined && {
      ca: readFileSync(client.certificate),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  });
  const sockets = new Set<TLSSocket>();
  door.on('secureConnection', (socket) => void sockets.add(socket));
  door.on('stream', (stream, headers) => {
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) return refuse(stream);
    letIn.push(String(headers[':path']));
    passOn(stream, inner.request(withoutPlace(headers)));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${port}`,
    authority: server.certificate,
    ...client,
    letIn,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      inner.destroy();
      await new Promise((resolve) => door.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function refuse(stream: ServerHttp2Stream): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': UNAUTHENTICATED,
      'grpc-message': 'Request unauthorized.',
    },
    { endStream: true },
  );
}

/** Headers of a call as the server behind the door takes them. */
function withoutPlace({ ':authority': _, ':scheme': __, ...rest }: IncomingHttpHeaders): OutgoingHttpHeaders {
  return rest;
}

function passOn(stream: ServerHttp2Stream, call: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: IncomingHttpHeaders = {};
  call.on('response', (headers) => {
    if (!stream.destroyed) stream.respond(headers, { waitForTrailers: true });
  });
  call.on('trailers', (last) => (trailers = last));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => call.close());
  stream.on('close', () => call.close());
  call.on('error', () => stream.close());
  stream.pipe(call);
  call.pipe(stream);
}

/** A key and a certificate of its own, good for two days. */
function certificateOf(folder: string, name: string): { certificate: string; key: string } {
  const certificate = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  // The SDK's core takes no certificate of an authority for that of a server.
  const extensions = ['basicConstraints=critical,CA:FALSE', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const said = extensions.flatMap((extension) => ['-addext', extension]);
  const subject = ['-subj', `/CN=${name}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...said, ...files], { stdio: 'ignore' });
  return { certificate, key };
}
