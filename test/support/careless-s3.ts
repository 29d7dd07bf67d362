import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, listen, stop } from './s3-proxy.js';

/**
 * How an S3 service fails a store: it `ignores` conditions; it looks first and writes a moment `later`, so that several win; it honours
 * If-None-Match but not `if-match`; it answers them `501`.
 */
export type Carelessness = 'ignores' | 'later' | 'if-match' | '501';

/** A service that keeps objects in memory, asks for no signature, and fails in one way. */
export async function startCarelessS3(
  how: Carelessness,
): Promise<{ endpoint: string; headersOfPuts: IncomingMessage['headers'][]; close: () => Promise<void> }> {
  const objects = new Map<string, { body: Buffer; etag: string }>();
  const headersOfPuts: IncomingMessage['headers'][] = [];
  const server = createServer((incoming, answer) => {
    void (async () => {
      const body = await bodyOf(incoming);
      const { method, url = '', headers } = incoming;
      const found = objects.get(url);
      if (method === 'DELETE') {
        objects.delete(url);
        answer.writeHead(204).end();
      } else if (method === 'PUT') {
        headersOfPuts.push(headers);
        const status = refusal(how, headers, found?.etag);
        if (status !== undefined) return void answer.writeHead(status[0]).end(errorXml(status[1]));
        if (how === 'later') await sleep(20);
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        objects.set(url, { body, etag });
        answer.writeHead(200, { etag }).end();
      } else if (found === undefined) answer.writeHead(404).end(errorXml('NoSuchKey'));
      else answer.writeHead(200, { etag: found.etag, 'content-length': found.body.length }).end(found.body);
    })();
  });
  return { endpoint: await listen(server), headersOfPuts, close: () => stop(server) };
}

function refusal(
  how: Carelessness,
  headers: IncomingMessage['headers'],
  etag: string | undefined,
): [number, string] | undefined {
  const create = headers['if-none-match'] !== undefined;
  const change = headers['if-match'];
  if (how === '501' && (create || change !== undefined)) return [501, 'NotImplemented'];
  if (how === 'ignores') return undefined;
  if (create && etag !== undefined) return [412, 'PreconditionFailed'];
  if (how === 'later' && change !== undefined && change !== etag) return [412, 'PreconditionFailed'];
  return undefined;
}

const errorXml = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
