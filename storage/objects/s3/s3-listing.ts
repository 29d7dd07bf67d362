import type { IncomingMessage } from 'node:http';
import { XMLParser } from 'fast-xml-parser';
import type { Client } from 'minio';
import { z } from 'zod';
import { repeating } from './s3-retry.js';

/** An object as a listing shows it; a folder has a name that ends in a slash. */
export interface S3Listed {
  readonly name: string;
  readonly bytes: number;
  /** The service's ETag, without quotes; empty for a folder. */
  readonly etag: string;
  /** When it was stored, by the service's clock; 0 for a folder. @format epoch milliseconds */
  readonly modifiedAt: number;
}

/** What to list. */
export interface S3ListRequest {
  readonly bucketName: string;
  readonly prefix: string;
  /** `/` gives folders in place of what lies below them. */
  readonly delimiter: '' | '/';
}

const pageSchema = z.object({
  ListBucketResult: z.object({
    Contents: z
      .array(
        z.object({
          Key: z.string(),
          Size: z.coerce.number(),
          ETag: z.string().default(''),
          LastModified: z.coerce.date(),
        }),
      )
      .default([]),
    CommonPrefixes: z.array(z.object({ Prefix: z.string() })).default([]),
    IsTruncated: z.literal(['true', 'false']).default('false'),
    NextContinuationToken: z.string().default(''),
  }),
});

// Text stays text: a name may look like a number.
const parser = new XMLParser({
  parseTagValue: false,
  htmlEntities: true, // numeric ones, too
  isArray: (name) => name === 'Contents' || name === 'CommonPrefixes',
});

/**
 * Objects by name, page by page; a page is repeated while the service is busy. Asks for plain names: the client's own listing asks
 * for URL-encoded ones and reads `+` as a space where a service does not encode them.
 */
export async function* listPages(client: Client, request: S3ListRequest): AsyncGenerator<S3Listed> {
  for (let token = ''; ;) {
    const page = await repeating(() => onePage(client, request, token));
    // Objects and folders come apart; merged, they are in order again.
    const items = [
      ...page.Contents.map(({ Key, Size, ETag, LastModified }) => ({
        name: Key,
        bytes: Size,
        etag: ETag.replaceAll('"', ''),
        modifiedAt: LastModified.getTime(),
      })),
      ...page.CommonPrefixes.map(({ Prefix }) => ({ name: Prefix, bytes: 0, etag: '', modifiedAt: 0 })),
    ];
    yield* items.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (page.IsTruncated === 'false') return;
    token = page.NextContinuationToken;
  }
}

async function onePage(
  client: Client,
  { bucketName, prefix, delimiter }: S3ListRequest,
  token: string,
): Promise<z.output<typeof pageSchema>['ListBucketResult']> {
  const parameters = {
    ...(token !== '' && { 'continuation-token': token }),
    ...(delimiter !== '' && { delimiter }),
    'list-type': '2',
    prefix,
  };
  // In order of name: that is what is signed.
  const query = Object.entries(parameters)
    .map(([name, value]) => `${name}=${escape(value)}`)
    .join('&');
  const response = await client.makeRequestAsync({ method: 'GET', bucketName, query });
  const page = pageSchema.safeParse(parser.parse(await textOf(response)));
  if (page.success) return page.data.ListBucketResult;
  throw Object.assign(new Error('the listing cannot be read'), { code: 'UnreadableListing' });
}

/** As the signature wants it: everything but letters, digits and `-._~`. */
const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The text of a response. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
