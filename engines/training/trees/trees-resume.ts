import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../../domain/canonical.js';
import { PerennialError } from '../../../domain/errors.js';
import { packBytes, unpackBytes } from '../byte-container.js';
import type { TrainJob } from '../trainer.js';
import { checkpointOf, openBoosting, type TreesCheckpoint } from './boost.js';
import type { Boosting } from './boosting.js';
import type { TreesTraining } from './prepare.js';
import { deserializeCheckpoint, serializeCheckpoint } from './serialize.js';
import type { TreesJob } from './trees-job.js';

/** What a first training found, when a second one follows on the rows of both blocks. */
export interface Found {
  /** Rounds that the first training ran. */
  readonly ran: number;
  /** Rounds that it kept. */
  readonly rounds: number;
  readonly loss: number | null;
}

/** Where a training was when its checkpoint was saved. */
export interface Saved {
  /** Null while the first training runs. */
  readonly found: Found | null;
  readonly checkpoint: TreesCheckpoint;
}

const foundSchema = z.object({ ran: z.int(), rounds: z.int(), loss: z.number().nullable() });
const headerSchema = z.object({ fingerprint: z.string(), text: z.string(), found: foundSchema.nullable() });

/** Bytes of a checkpoint. */
export function writeCheckpoint(boosting: Boosting, fingerprint: string, found: Found | null): Uint8Array {
  const text = new TextDecoder().decode(serializeCheckpoint(checkpointOf(boosting)));
  return packBytes({ header: { fingerprint, text, found }, arrays: {} });
}

/** Reads a checkpoint; a damaged one, or one of another training, counts as none. */
export function readCheckpoint(bytes: Uint8Array | null, fingerprint: string): Saved | null {
  if (bytes === null) return null;
  return unlessDamaged(() => {
    const header = headerSchema.parse(unpackBytes(bytes, 'checkpoint').header);
    if (header.fingerprint !== fingerprint) return null;
    return {
      found: header.found,
      checkpoint: deserializeCheckpoint(new TextEncoder().encode(header.text)),
    };
  });
}

/** Goes on from the checkpoint, or from the start where it does not fit. */
export function resumeBoosting(training: TreesTraining, checkpoint: TreesCheckpoint | undefined): Boosting {
  if (checkpoint === undefined) return openBoosting(training);
  return unlessDamaged(() => openBoosting(training, checkpoint)) ?? openBoosting(training);
}

function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof PerennialError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Tells trainings apart: everything that the bytes of a model depend on. */
export function fingerprintOf(job: TrainJob, { training, warm }: TreesJob, backend: string): string {
  const { trainer, task } = job.spec;
  const { inputs, train: rows, validation, start } = training;
  const hash = createHash('sha256').update(
    canonicalJson({ backend, trainer, task, seed: job.seed, inputs, warm }),
  );
  for (const data of [rows, validation]) {
    if (data === undefined) continue;
    hash.update(data.label);
    if (data.weight !== undefined) hash.update(data.weight);
    for (const { name, type } of inputs) {
      if (type === 'number') hash.update(data.numbers[name] ?? new Float64Array());
      else hash.update(JSON.stringify(data.categories[name] ?? []));
    }
  }
  if (start !== undefined) hash.update(JSON.stringify(start.base)).update(String(start.trees.length));
  return hash.digest('hex');
}
