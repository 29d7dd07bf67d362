import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { PerennialError } from '../../domain/errors.js';
import type { StagedFile } from './staged-file.js';

/** A file in a bucket, as a listing shows it. */
export interface BucketFile {
  /** `s3://bucket/key`. */
  readonly path: string;
  readonly bytes: number;
  /** The service's tag of these bytes. */
  readonly etag: string;
}

/** What a download is of. */
export interface BucketCopy {
  readonly sha256: string;
  /** The service's tag of exactly these bytes. */
  readonly etag: string;
}

/** Files in buckets. Throws when the service fails; worth another try. */
export interface BucketFiles {
  /** Every file whose `s3://bucket/key` begins so, by path. */
  list(prefix: string): Promise<BucketFile[]>;
  /** Writes a file of that many bytes to a local path, whole; undefined when there is none, or one of another size. */
  download(file: Pick<BucketFile, 'path' | 'bytes'>, to: string): Promise<BucketCopy | undefined>;
}

/** Copies of files under names that say what they hold. They may go at any time but the hour after their last use. */
export interface FileCopies {
  /** The copy of that name, which counts as a use; undefined when it is not here. */
  find(name: string): Promise<string | undefined>;
  /** Makes room for `bytes`, has `fill` write a file and say its name, and gives its path. */
  add(bytes: number, fill: (path: string) => Promise<string>): Promise<string>;
}

/** Where files in buckets are read and kept. */
export interface BucketReader {
  readonly files: BucketFiles;
  readonly copies: FileCopies;
}

/** A copy of a listed file, by its digest. A file whose tag is known is not read again. */
export async function copyListed(reader: BucketReader, file: BucketFile): Promise<StagedFile> {
  const { copies } = reader;
  const tag = `tag-${createHash('sha256').update(`${file.path}\n${file.etag}\n${file.bytes}`).digest('hex')}`;
  const note = await copies.find(tag);
  const sha256 = note === undefined ? undefined : await readFile(note, 'utf8').catch(() => undefined);
  const known = sha256 === undefined ? undefined : await copies.find(sha256);
  if (sha256 !== undefined && known !== undefined) return { staged: known, sha256, bytes: file.bytes };
  const copied = await copyAgain(reader, file);
  if (copied === undefined) throw changedMeanwhile(file.path);
  // The file may have changed since it was listed: then its tag stands for other bytes.
  if (copied.etag === file.etag) await remember(copies, tag, copied.sha256);
  return copied;
}

/** Reads a file into a copy, named by the digest of what came; undefined when there is none of that size. */
export async function copyAgain(
  { files, copies }: BucketReader,
  file: Pick<BucketFile, 'path' | 'bytes'>,
): Promise<(StagedFile & BucketCopy) | undefined> {
  let copied: BucketCopy | undefined;
  try {
    const staged = await copies.add(file.bytes, async (to) => {
      copied = await files.download(file, to);
      if (copied === undefined) throw changedMeanwhile(file.path);
      return copied.sha256;
    });
    return copied && { staged, bytes: file.bytes, ...copied };
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'source-changing') return undefined;
    throw error;
  }
}

async function remember(copies: FileCopies, tag: string, sha256: string): Promise<void> {
  await copies.add(sha256.length, async (path) => {
    await writeFile(path, sha256);
    return tag;
  });
}

function changedMeanwhile(path: string): PerennialError {
  return new PerennialError({
    type: 'source-changing',
    thing: 'source file',
    value: path,
    allowed: 'a file that stays as it is while it is read',
    next: 'Deliver files whole, under new names.',
    retryable: true,
  });
}
