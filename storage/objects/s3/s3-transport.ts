import * as http from 'node:http';
import * as https from 'node:https';
import { BusyError, SilentError } from './s3-failures.js';

type Respond = (response: http.IncomingMessage) => void;

/** The part of `node:http` that the S3 client calls. */
export interface Transport {
  readonly request: typeof http.request;
}

// Nothing is known of the request after these; the client would repeat it by itself, also when it must not.
const BUSY = new Set([408, 429, 499, 500, 502, 503, 504, 520]);
const SOCKETS = 64;

/** Connections that are kept open between requests. They do not keep the process alive. */
export function createAgent(secure: boolean): http.Agent {
  const options = { keepAlive: true, maxSockets: SOCKETS };
  return secure ? new https.Agent(options) : new http.Agent(options);
}

/** HTTP for the S3 client: gives up connections that are silent for `timeoutMs`, and says `BusyError` when the service is. */
export function createTransport(secure: boolean, timeoutMs: number): Transport {
  const send = secure ? https.request : http.request;
  function request(options: http.RequestOptions | string | URL, respond?: Respond): http.ClientRequest;
  function request(url: string | URL, options: http.RequestOptions, respond?: Respond): http.ClientRequest;
  function request(
    first: http.RequestOptions | string | URL,
    second?: http.RequestOptions | Respond,
    third?: Respond,
  ): http.ClientRequest {
    const respond = typeof second === 'function' ? second : third;
    const url = typeof first === 'string' ? new URL(first) : first;
    const options = typeof second === 'object' ? { ...urlOptions(url), ...second } : url;
    const call = send(options, (response) => {
      const status = response.statusCode ?? 0;
      if (!BUSY.has(status)) return respond?.(response);
      response.resume();
      call.emit('error', new BusyError(status));
    });
    call.setTimeout(timeoutMs, () => call.destroy(new SilentError(timeoutMs)));
    return call;
  }
  return { request };
}

function urlOptions(url: URL | http.RequestOptions): http.RequestOptions {
  if (!(url instanceof URL)) return url;
  return { protocol: url.protocol, host: url.hostname, port: url.port, path: `${url.pathname}${url.search}` };
}
