import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { literal, withDuck } from '../../engines/features/duck.js';

/**
 * Makes the data of examples/hotel-booking from the two published Parquet files: bookings without their labels, and two
 * files of labels a month, as an accountant may send them: on the 25th for the first half, on the 10th for the second: `node --import tsx tools/hotel-booking/main.ts <folder>`.
 */
async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined)
    throw new Error('name the folder with {reference,monitoring}_hotel_booking.parquet');
  const files = ['reference', 'monitoring'].map((part) =>
    literal(join(resolve(folder), `${part}_hotel_booking.parquet`)),
  );
  const out = join(import.meta.dirname, '../../examples/hotel-booking');
  await rm(join(out, 'labels'), { recursive: true, force: true });
  await mkdir(join(out, 'labels'), { recursive: true });
  await withDuck({ threads: 1, memoryLimit: '500MB', tempDirectory: tmpdir() }, async (duck) => {
    await duck.run(
      `CREATE TABLE published AS SELECT "Index" AS booking, timestamp::DATE AS booked_on, * EXCLUDE ("Index", timestamp)
         FROM read_parquet([${files.join(', ')}], union_by_name = true) ORDER BY booked_on, booking`,
    );
    const format = '(FORMAT parquet, COMPRESSION zstd)';
    await duck.run(
      `COPY (SELECT * EXCLUDE (y_pred, y_pred_proba, is_canceled) FROM published)
         TO ${literal(join(out, 'bookings.parquet'))} ${format}`,
    );
    await duck.run(
      `CREATE TABLE labels AS SELECT booking, is_canceled::TINYINT AS is_canceled, CASE WHEN day(booked_on) <= 15
           THEN date_trunc('month', booked_on) + INTERVAL '24 days'
           ELSE date_trunc('month', booked_on) + INTERVAL '1 month 9 days' END::TIMESTAMP AS arrived_at FROM published`,
    );
    const drops = await duck.rows(
      `SELECT DISTINCT strftime(arrived_at, '%Y-%m-%d') AS day FROM labels ORDER BY day`,
    );
    for (const { day } of drops) {
      const file = join(out, 'labels', `${String(day)}.parquet`);
      await duck.run(
        `COPY (SELECT * FROM labels WHERE strftime(arrived_at, '%Y-%m-%d') = ${literal(String(day))} ORDER BY booking)
           TO ${literal(file)} ${format}`,
      );
    }
  });
}

await main(process.argv[2]);
