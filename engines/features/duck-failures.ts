import { PerennialError } from '../../domain/errors.js';
import type { DuckLimits } from './duck.js';

/**
 * What people read of a statement that ran into a limit of this machine, `out-of-memory` or `disk-full`: both need a person, so neither is
 * retryable. Any other error comes back as it is.
 */
export function namedDuckFailure(error: unknown, limits: DuckLimits): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  if (message.includes('No space left on device')) return diskFull(limits, message, error);
  if (!message.startsWith('Out of Memory Error')) return error;
  return message.includes('max_temp_directory_size') ? spillFull(limits, error) : outOfMemory(limits, error);
}

function outOfMemory({ memoryLimit, tempDirectory }: DuckLimits, cause: Error): PerennialError {
  return new PerennialError(
    {
      type: 'out-of-memory',
      thing: 'memory of a query',
      value: memoryLimit,
      allowed: `enough for what cannot be spilled to ${tempDirectory}`,
      next: 'Raise PERENNIAL_DUCKDB_MEMORY, lower PERENNIAL_DUCKDB_THREADS, or shorten the window.',
    },
    { cause },
  );
}

function spillFull({ tempDirectory, spillLimit }: DuckLimits, cause: Error): PerennialError {
  return new PerennialError(
    {
      type: 'disk-full',
      thing: `spill folder ${tempDirectory}`,
      value: spillLimit ?? 'as large as the disk allows',
      allowed: 'room for what does not fit into the memory of a query',
      next: 'Raise PERENNIAL_SPILL_LIMIT or PERENNIAL_DUCKDB_MEMORY, name a larger disk in PERENNIAL_SPILL_FOLDER, or shorten the window.',
    },
    { cause },
  );
}

function diskFull({ tempDirectory }: DuckLimits, message: string, cause: Error): PerennialError {
  const file = /"([^"]+)"/.exec(message)?.[1];
  return new PerennialError(
    {
      type: 'disk-full',
      thing: `disk of ${file ?? tempDirectory}`,
      value: 'no space left',
      allowed: 'room for snapshots, staged files and what queries spill',
      next: 'Free space there, or move PERENNIAL_STATE or PERENNIAL_SPILL_FOLDER to a larger disk.',
    },
    { cause },
  );
}
