import { randomUUID } from 'node:crypto';
import type { S3Bucket } from './s3-bucket.js';
import { failureOf, s3Code, unfit } from './s3-failures.js';

const WRITERS = 32;
const UNSUPPORTED = new Set(['MethodNotAllowed', 'NotImplemented', 'InvalidArgument', 'InvalidRequest']);

/**
 * Tries out that the service keeps a store's promises: of 32 parallel creates one wins, of 32 parallel changes of the same writing one
 * wins, and a change of an older writing is refused. Writes below a name that no key can have, and removes it. Throws `store-unfit`
 * naming what went wrong, or what the requests throw.
 */
export async function selfTest(bucket: S3Bucket, where: { name: string; prefix: string }): Promise<void> {
  const object = `${where.prefix}.self-test/${randomUUID()}`;
  const race = async (condition: Record<string, string>, round: string): Promise<string[]> => {
    const etags = await Promise.all(
      Array.from({ length: WRITERS }, (_, i) => attempt(bucket, object, `${round} ${i}`, condition)),
    );
    return etags.filter((etag) => etag !== undefined);
  };
  try {
    const created = await race({ 'if-none-match': '*' }, 'create');
    requireOne(where.name, created, 'creates (If-None-Match)');
    const first = { 'if-match': `"${created[0] ?? ''}"` };
    requireOne(where.name, await race(first, 'change'), 'changes (If-Match)');
    if ((await race(first, 'late')).length > 0)
      throw unfit(where.name, 'a change of an older writing (If-Match) is taken');
  } catch (error) {
    if (UNSUPPORTED.has(s3Code(error)))
      throw unfit(where.name, `conditional writes are answered ${s3Code(error)}`);
    throw error;
  } finally {
    await bucket.delete(object).catch(() => undefined); // nothing reads it
  }
}

async function attempt(
  bucket: S3Bucket,
  object: string,
  text: string,
  condition: Record<string, string>,
): Promise<string | undefined> {
  try {
    return await bucket.put(object, new TextEncoder().encode(text), { metadata: {}, condition });
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
