import { randomUUID } from 'node:crypto';
import type { S3Bucket } from './s3-bucket.js';
import { failureOf, s3Code, unfit } from './s3-failures.js';

const WRITERS = 32;
const UNSUPPORTED = new Set(['MethodNotAllowed', 'NotImplemented', 'InvalidArgument', 'InvalidRequest']);
const CREATE = { 'if-none-match': '*' };

/**
 * Tries out that the service keeps a store's promises: of 32 parallel creates one wins, of 32 parallel changes of the same writing one
 * wins, and what comes too late is refused: a create in parts of what exists, and a change of an older writing. Writes below a name
 * that no key can have, and removes it. Throws `store-unfit` naming what went wrong, or what the requests throw.
 */
export async function selfTest(bucket: S3Bucket, where: { name: string; prefix: string }): Promise<void> {
  const object = `${where.prefix}.self-test/${randomUUID()}`;
  const race = async (condition: Record<string, string>, round: string): Promise<string[]> => {
    const put = (i: number): Promise<string> => bucket.put(object, ...writing(`${round} ${i}`, condition));
    const etags = await Promise.all(Array.from({ length: WRITERS }, (_, i) => unlessRefused(put(i))));
    return etags.filter((etag) => etag !== undefined);
  };
  try {
    const created = await race(CREATE, 'create');
    requireOne(where.name, created, 'creates (If-None-Match)');
    const inParts = await unlessRefused(bucket.putInParts(object, ...writing('in parts', CREATE)));
    if (inParts !== undefined)
      throw unfit(where.name, 'a create in parts (If-None-Match) of what exists is taken');
    const first = { 'if-match': `"${created[0] ?? ''}"` };
    requireOne(where.name, await race(first, 'change'), 'changes (If-Match)');
    const late = await race(first, 'late');
    if (late.length > 0) throw unfit(where.name, 'a change of an older writing (If-Match) is taken');
  } catch (error) {
    if (!UNSUPPORTED.has(s3Code(error))) throw error;
    throw unfit(where.name, `conditional writes are answered ${s3Code(error)}`);
  } finally {
    await bucket.delete(object).catch(() => undefined); // nothing reads it
  }
}

function writing(
  text: string,
  condition: Record<string, string>,
): [Uint8Array, { metadata: Record<string, string>; condition: Record<string, string> }] {
  return [new TextEncoder().encode(text), { metadata: {}, condition }];
}

/** The new ETag; undefined when the condition did not hold. */
async function unlessRefused(put: Promise<string>): Promise<string | undefined> {
  try {
    return await put;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === 'condition' || failure === 'missing') return undefined;
    throw error;
  }
}

function requireOne(name: string, winners: readonly string[], what: string): void {
  if (winners.length === 1) return;
  throw unfit(name, `${winners.length} winners of ${WRITERS} parallel ${what}`);
}
