import { randomUUID } from 'node:crypto';
import type { S3Bucket } from './s3-bucket.js';
import { failureOf, s3Code, unfit } from './s3-failures.js';
import { repeating } from './s3-retry.js';

const WRITERS = 32;
const UNSUPPORTED = new Set(['MethodNotAllowed', 'NotImplemented', 'InvalidArgument', 'InvalidRequest']);
const CREATE = { 'if-none-match': '*' };

/** A round in which more requests than these got no answer says too little. */
const MOST_UNANSWERED = WRITERS / 2;

/**
 * Tries out that the service keeps a store's promises: of 32 parallel creates one wins, of 32 parallel changes of the same writing one
 * wins, and what comes too late is refused: a create in parts of what exists, and a change of an older writing. Single requests
 * without an answer are borne: a busy service would otherwise never be taken. Writes below a name that no key can have, and removes it.
 * Throws `store-unfit` naming what went wrong, or what the requests throw when half of a round or more got no answer.
 */
export async function selfTest(bucket: S3Bucket, where: { name: string; prefix: string }): Promise<void> {
  const object = `${where.prefix}.self-test/${randomUUID()}`;
  const race = (condition: Record<string, string>, round: string): Promise<Round> =>
    answersOf(
      Array.from({ length: WRITERS }, (_, i) => bucket.put(object, ...writing(`${round} ${i}`, condition))),
    );
  try {
    requireOne(where.name, await race(CREATE, 'create'), 'creates (If-None-Match)');
    const created = await repeating(() => bucket.head(object));
    if (created === undefined) throw unfit(where.name, 'what was created is not there');
    const inParts = await repeating(() =>
      unlessRefused(bucket.putInParts(object, ...writing('in parts', CREATE))),
    );
    if (inParts !== undefined)
      throw unfit(where.name, 'a create in parts (If-None-Match) of what exists is taken');
    const first = { 'if-match': `"${created.writing.etag}"` };
    requireOne(where.name, await race(first, 'change'), 'changes (If-Match)');
    const late = await race(first, 'late');
    if (late.winners > 0) throw unfit(where.name, 'a change of an older writing (If-Match) is taken');
  } catch (error) {
    if (!UNSUPPORTED.has(s3Code(error))) throw error;
    throw unfit(where.name, `conditional writes are answered ${s3Code(error)}`);
  } finally {
    await bucket.delete(object).catch(() => undefined); // nothing reads it
  }
}

/** How many of parallel writes took effect, and of how many nobody knows. */
interface Round {
  readonly winners: number;
  readonly unanswered: number;
}

async function answersOf(puts: readonly Promise<string>[]): Promise<Round> {
  const answers = await Promise.allSettled(puts.map(unlessRefused));
  const failed = answers.flatMap((a): unknown[] => (a.status === 'rejected' ? [a.reason] : []));
  const real = failed.filter((error) => failureOf(error) !== 'later');
  if (real.length > 0 || failed.length > MOST_UNANSWERED) throw real[0] ?? failed[0];
  const winners = answers.filter((a) => a.status === 'fulfilled' && a.value !== undefined).length;
  return { winners, unanswered: failed.length };
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

function requireOne(name: string, { winners, unanswered }: Round, what: string): void {
  if (winners === 1 || (winners === 0 && unanswered > 0)) return;
  throw unfit(name, `${winners} winners of ${WRITERS} parallel ${what}`);
}
