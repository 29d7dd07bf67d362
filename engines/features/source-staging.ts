import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PerennialError } from '../../domain/errors.js';
import type { SourceFile } from '../../domain/source.js';
import { locate } from './source-paths.js';

/** Bytes that were copied into the staging folder under their digest. */
export interface StagedFile {
  readonly staged: string;
  readonly sha256: string;
  readonly bytes: number;
}

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
  if (await intact(there, seen.sha256)) return { staged: there, ...seen };
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
  options: { readonly dataRoots: readonly string[]; readonly stagingDir: string },
): Promise<string[]> {
  const paths: string[] = [];
  for (const file of files) {
    const staged = stagedPath(options.stagingDir, file.sha256);
    if (!(await intact(staged, file.sha256))) await stageAgain(file, options);
    paths.push(staged);
  }
  return paths;
}

async function stageAgain(
  file: SourceFile,
  { dataRoots, stagingDir }: { readonly dataRoots: readonly string[]; readonly stagingDir: string },
): Promise<void> {
  const absolute = await locate(file.path, dataRoots);
  const found = absolute === undefined ? undefined : await stageFile(absolute, stagingDir);
  if (found?.sha256 === file.sha256) return;
  throw new PerennialError({
    type: 'source-changed',
    thing: `source file ${file.path}`,
    value: found === undefined ? 'gone' : `sha256 ${found.sha256}`,
    allowed: `sha256 ${file.sha256}, as the run froze it`,
    next: 'Ask for a new run: it freezes what is there now.',
  });
}

async function intact(path: string, sha256: string): Promise<boolean> {
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
