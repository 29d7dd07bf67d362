import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PerennialError } from '../../domain/errors.js';
import type { SourceFile } from '../../domain/source.js';
import { copyAgain } from './bucket-files.js';
import { isBucketPath, readerOf, requireInRoots } from './bucket-paths.js';
import type { EngineConfig } from './engine-config.js';
import { locate } from './source-paths.js';
import type { StagedFile } from './staged-file.js';

/** Where the bytes with a digest are staged. */
export const stagedPath = (stagingDir: string, sha256: string): string => join(stagingDir, 'files', sha256);

/** SHA-256 and size of a file, read as a stream. */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const chunk: Buffer = part;
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/**
 * Copies a file into the staging folder, named by the digest of the bytes that were copied, so that a file that grows meanwhile
 * is still one consistent copy.
 *
 * Failure semantics: may run twice and in several processes; the copy appears by rename. A crash leaves a temporary file that
 * nothing reads.
 */
export async function stageFile(absolute: string, stagingDir: string): Promise<StagedFile> {
  const seen = await hashFile(absolute);
  const there = stagedPath(stagingDir, seen.sha256);
  if (await isStaged(there, seen.sha256)) return { staged: there, ...seen };
  const folder = join(stagingDir, 'files');
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    const copied = await copyHashing(absolute, temporary);
    const staged = stagedPath(stagingDir, copied.sha256);
    await rename(temporary, staged);
    return { staged, ...copied };
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Local paths of a frozen source's files, each checked against its digest. A staged copy that is gone or damaged is staged again
 * from the source when that still has the same digest; otherwise throws `source-changed`.
 */
export async function restage(
  files: readonly SourceFile[],
  options: Omit<EngineConfig, 'limits'>,
): Promise<string[]> {
  const paths: string[] = [];
  for (const file of files) {
    if (isBucketPath(file.path)) {
      paths.push(await copyOf(file, options));
      continue;
    }
    const staged = stagedPath(options.stagingDir, file.sha256);
    if (!(await isStaged(staged, file.sha256))) await stageAgain(file, options);
    paths.push(staged);
  }
  return paths;
}

/** A copy of a file in a bucket, checked; read again when it has gone. */
async function copyOf(file: SourceFile, options: Omit<EngineConfig, 'limits'>): Promise<string> {
  const reader = readerOf(options);
  const known = await reader.copies.find(file.sha256);
  if (known !== undefined && (await isStaged(known, file.sha256))) return known;
  requireInRoots(file.path, options.dataRoots);
  const found = await copyAgain(reader, file);
  if (found?.sha256 === file.sha256) return found.staged;
  throw changed(file, found);
}

async function stageAgain(
  file: SourceFile,
  { dataRoots, stagingDir }: { readonly dataRoots: readonly string[]; readonly stagingDir: string },
): Promise<void> {
  const absolute = await locate(file.path, dataRoots);
  const found = absolute === undefined ? undefined : await stageFile(absolute, stagingDir);
  if (found?.sha256 === file.sha256) return;
  throw changed(file, found);
}

function changed(file: SourceFile, found: StagedFile | undefined): PerennialError {
  return new PerennialError({
    type: 'source-changed',
    thing: `source file ${file.path}`,
    value: found === undefined ? 'gone' : `sha256 ${found.sha256}`,
    allowed: `sha256 ${file.sha256}, as the run froze it`,
    next: 'Ask for a new run: it freezes what is there now.',
  });
}

/** Whether a path holds bytes with a digest. */
export async function isStaged(path: string, sha256: string): Promise<boolean> {
  if ((await stat(path).catch(() => undefined)) === undefined) return false;
  return (await hashFile(path)).sha256 === sha256;
}

async function copyHashing(from: string, to: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    tap,
    createWriteStream(to, { flush: true }),
  );
  return { sha256: hash.digest('hex'), bytes };
}
