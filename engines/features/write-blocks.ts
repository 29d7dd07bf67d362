import { identifier, literal, withDuck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import type { BlockName } from './table.js';

/** Which block of a snapshot to write where. */
export interface WriteBlocksRequest {
  /** A snapshot that `takeSnapshot` wrote. */
  readonly snapshotPath: string;
  /** Paths of the files to write, by block; other blocks are left out. */
  readonly files: Readonly<Partial<Record<BlockName, string>>>;
}

/**
 * Writes blocks of a snapshot as Parquet files of their own, in the order of its rows and with all its columns but `block`. Equal snapshots
 * give equal bytes.
 */
export async function writeBlocks(
  config: EngineConfig,
  { snapshotPath, files }: WriteBlocksRequest,
): Promise<void> {
  await withDuck({ ...config.limits, threads: 1 }, async (duck) => {
    for (const [block, path] of Object.entries(files)) {
      const rows = `SELECT * EXCLUDE (${identifier('block')}) FROM read_parquet(${literal(snapshotPath)}) WHERE block = ${literal(block)}`;
      await duck.run(`COPY (${rows}) TO ${literal(path)} (FORMAT parquet, COMPRESSION snappy)`);
    }
  });
}
