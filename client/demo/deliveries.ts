import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { epoch, instant } from '../../domain/references.js';
import { literal, withDuck, type Duck } from '../../engines/features/duck.js';
import { projectRoot } from '../servers/project-root.js';
import type { Ride } from './forecasts.js';
import { PLAN, plusDays } from './plan.js';

/** What the weeks are made of. */
export interface DeliveryOptions {
  /** The data root: weeks go to its folder `bike-demand`, one Parquet file each, named by its first day. */
  readonly dataRoot: string;
  /** The week that ends at this midnight comes with its temperature in Fahrenheit; the delivery after it replaces the file. */
  readonly fahrenheitWeekEndingAt?: string;
}

/** Two years of rentals, delivered one week at a time. */
export interface Deliveries {
  /** All hours with their inputs and counts, in time order. */
  rides(): Promise<Ride[]>;
  /** Delivers every whole week that ends at or before `midnight` and was not delivered yet. Gives the files that it wrote. */
  deliverUntil(midnight: string): Promise<string[]>;
}

const INPUTS = [
  ...['season', 'mnth', 'hr', 'holiday', 'weekday', 'workingday'],
  ...['weathersit', 'temp', 'atemp', 'hum', 'windspeed'],
] as const;

/** The demo's deliveries, counted in weeks from `PLAN.dataFrom`. Equal calls write equal bytes. */
export async function createDeliveries(options: DeliveryOptions): Promise<Deliveries> {
  const { dataRoot, fahrenheitWeekEndingAt } = options;
  const folder = join(dataRoot, 'bike-demand');
  await mkdir(folder, { recursive: true });
  let next: string = PLAN.dataFrom;
  let toReplace: string | undefined;
  const deliver = async (from: string, fahrenheitWeek: boolean): Promise<string> => {
    const path = join(folder, `${from.slice(0, 10)}.parquet`);
    await writeWeek(from, plusDays(from, 7), path, { fahrenheitWeek });
    return path;
  };
  return {
    rides: () => withRentals(readRides),
    async deliverUntil(midnight) {
      const written: string[] = [];
      for (; epoch(plusDays(next, 7)) <= epoch(midnight); next = plusDays(next, 7)) {
        if (toReplace !== undefined) written.push(await deliver(toReplace, false));
        const end = epoch(plusDays(next, 7));
        const wrong = fahrenheitWeekEndingAt !== undefined && end === epoch(fahrenheitWeekEndingAt);
        toReplace = wrong ? next : undefined;
        written.push(await deliver(next, wrong));
      }
      return written;
    },
  };
}

/**
 * Writes the hours from ≤ event time < to as one Parquet file. Equal calls write equal bytes; the file appears by rename.
 * `fahrenheitWeek` writes `temp` in degrees Fahrenheit instead of scaled to 0…1 (default false).
 */
export async function writeWeek(
  from: string,
  to: string,
  outPath: string,
  { fahrenheitWeek = false }: { readonly fahrenheitWeek?: boolean } = {},
): Promise<void> {
  const temporary = join(dirname(outPath), `.${basename(outPath)}.tmp`);
  // The data set scales temperature as (°C + 8) / 47.
  const temp = fahrenheitWeek ? 'round(("temp" * 47 - 8) * 1.8 + 32, 1)' : '"temp"';
  const local = (at: string): string => `TIMESTAMP ${literal(instant(at).slice(0, 19).replace('T', ' '))}`;
  await withRentals((duck, rentals) =>
    duck.run(
      `COPY (SELECT * REPLACE (${temp} AS "temp") FROM ${rentals}
         WHERE event_time >= ${local(from)} AND event_time < ${local(to)} ORDER BY event_time)
       TO ${literal(temporary)} (FORMAT parquet, COMPRESSION snappy)`,
    ),
  );
  await rename(temporary, outPath);
}

function withRentals<T>(use: (duck: Duck, rentals: string) => Promise<T>): Promise<T> {
  const data = join(projectRoot(), 'examples', 'bike-sharing', 'bike-sharing.parquet');
  const limits = { threads: 1, memoryLimit: '500MB', tempDirectory: '' };
  return withDuck(limits, (duck) => use(duck, `read_parquet(${literal(data)})`));
}

async function readRides(duck: Duck, rentals: string): Promise<Ride[]> {
  const rows = await duck.rows(
    `SELECT epoch_ms(event_time)::DOUBLE AS at, cnt, ${INPUTS.join(', ')} FROM ${rentals} ORDER BY event_time`,
  );
  return rows.map((row) => ({
    at: instant(Number(row['at'])),
    inputs: Object.fromEntries(INPUTS.map((name) => [name, Number(row[name])])),
    count: Number(row['cnt']),
  }));
}
