import { constrainedMemory } from 'node:process';
import { totalmem } from 'node:os';
import { z } from 'zod';
import type { ThreadLimits } from '../activities/thread-limits.js';
import type { FeatureEngineOptions } from '../engines/features/feature-engine.js';

/** What the heavy steps of a worker may use of its machine. */
export interface WorkerLimits {
  readonly duck: Pick<FeatureEngineOptions, 'threads' | 'memoryLimit' | 'spillFolder' | 'spillLimit'>;
  readonly threads: ThreadLimits;
  /** How long a worker that was told to stop lets short steps finish. @format milliseconds */
  readonly shutdownMs: number;
}

const MIB = 2 ** 20;
/** A size as DuckDB writes it. */
const size = z.string().regex(/^\d+(\.\d+)? ?([kmgt]i?)?b$/i, { message: 'a size such as 500MB or 2GiB' });
const threads = z.coerce.number().int().min(1).max(64);
const folder = z.string().min(1);

/** Variables of the limits. */
export const limitsEnvironment = {
  PERENNIAL_DUCKDB_MEMORY: size
    .optional()
    .describe(
      'Memory of one query, e.g. `2GB`; beyond it DuckDB spills to disk. Absent: a quarter of the memory that this process may use, 2 GiB at most.',
    ),
  PERENNIAL_DUCKDB_THREADS: threads.default(2).describe('Threads of one query. Results do not depend on it.'),
  PERENNIAL_SPILL_FOLDER: folder
    .optional()
    .describe('Where queries spill what does not fit into their memory. Absent: below `PERENNIAL_STATE`.'),
  PERENNIAL_SPILL_LIMIT: size
    .optional()
    .describe('Most that one query may spill, e.g. `50GB`. Absent: nine tenths of the free disk.'),
  PERENNIAL_THREAD_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(32)
    .optional()
    .describe(
      'Memory of each thread that trains, scores or measures, in mebibytes: its JavaScript heap, and for a training its matrices. Absent: a quarter of the memory that this process may use, 4096 at most.',
    ),
  PERENNIAL_TRAINING_THREADS: threads
    .optional()
    .describe(
      'Threads of one training, where the trainer can use several (trees). Absent: as many as pay, 8 at most. The model does not depend on it.',
    ),
  PERENNIAL_ONNX_THREADS: threads
    .default(1)
    .describe(
      'Threads of one call to ONNX Runtime in bulk scoring. Operators run one after another, so there are no others. Scores do not depend on it.',
    ),
  PERENNIAL_SHUTDOWN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3000)
    .describe(
      'How long a worker that was told to stop lets short steps finish, in milliseconds. Heavy steps stop at once; after 5 s more the process ends in any case.',
    ),
} as const;

/** The limits, with defaults that fit this machine. */
export function limitsOf(
  data: z.output<z.ZodObject<typeof limitsEnvironment>>,
  available = usableMemory(),
): WorkerLimits {
  const quarter = Math.floor(available / 4 / MIB);
  return {
    duck: {
      threads: data.PERENNIAL_DUCKDB_THREADS,
      memoryLimit: data.PERENNIAL_DUCKDB_MEMORY ?? `${Math.min(2048, quarter)}MiB`,
      spillFolder: data.PERENNIAL_SPILL_FOLDER,
      spillLimit: data.PERENNIAL_SPILL_LIMIT,
    },
    threads: {
      memoryMb: data.PERENNIAL_THREAD_MEMORY_MB ?? Math.max(32, Math.min(4096, quarter)),
      training: data.PERENNIAL_TRAINING_THREADS,
      scoring: data.PERENNIAL_ONNX_THREADS,
    },
    shutdownMs: data.PERENNIAL_SHUTDOWN_MS,
  };
}

/** Bytes that this process may use: the machine's, or those of its container. */
function usableMemory(): number {
  const constrained = constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
