import { DuckDBInstance } from '@duckdb/node-api';
import { fileURLToPath } from 'node:url';
import { type Random, blockStreams, createRandom } from '../../stats/index.js';

/** A kind of stream without change. */
export interface World {
  readonly name: string;
  /** Rows of a block when it is resampled for calibration. */
  readonly blockLength: number;
  /** One stream; the same seed gives the same one. */
  stream(length: number, seed: number): Float64Array;
}

const independent: World = {
  name: 'independent N(0, 1)',
  blockLength: 1,
  stream: (length, seed) => {
    const random = createRandom(seed);
    return Float64Array.from({ length }, () => random.normal());
  },
};

const RHO = 0.9;

const autoregressive: World = {
  name: 'AR(1), ρ = 0.9',
  blockLength: 100,
  stream: (length, seed) => {
    const random: Random = createRandom(seed);
    let state = random.normal();
    return Float64Array.from(
      { length },
      () => (state = RHO * state + Math.sqrt(1 - RHO * RHO) * random.normal()),
    );
  },
};

/** The rentals of two years, put together anew in blocks of a week. */
async function bikeHours(): Promise<World> {
  const path = fileURLToPath(new URL('../../examples/bike-sharing/bike-sharing.parquet', import.meta.url));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(
    'select cnt::double from read_parquet($1) order by event_time',
    [path],
  );
  const hours = Float64Array.from(reader.getColumns()[0] ?? [], Number);
  connection.closeSync();
  return {
    name: 'bike hours, weeks resampled',
    blockLength: 168,
    stream: (length, seed) => {
      for (const stream of blockStreams({ reference: hours, length, blockLength: 168, count: 1, seed }))
        return stream;
      throw new Error('no stream was drawn');
    },
  };
}

/** The three worlds of the table. */
export async function worlds(): Promise<World[]> {
  return [independent, autoregressive, await bikeHours()];
}
