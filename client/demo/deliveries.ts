import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epoch, instant } from '../../domain/references.js';
import type { Ride } from './forecasts.js';
import { DAY_MS, PLAN } from './plan.js';

/** TEMPORARY stand-in. */
export interface Deliveries {
  deliverUntil(midnight: string): Promise<void>;
  rides(): Promise<Ride[]>;
}

/** TEMPORARY stand-in. */
export async function createDeliveries(options: {
  dataRoot: string;
  fahrenheitWeekEndingAt: string;
}): Promise<Deliveries> {
  const lines = readFileSync('/work/shared/data/bike_sharing.csv', 'utf8').trim().split('\n');
  const header = lines[0]?.split(',') ?? [];
  const rows = lines.slice(1).map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(header.map((name, i) => [name, fields[i] ?? '']));
  });
  const at = (row: Record<string, string>): string => instant(`${(row['event_time'] ?? '').replace(' ', 'T')}Z`);
  const folder = join(options.dataRoot, 'bike-demand');
  mkdirSync(folder, { recursive: true });
  let next = epoch(PLAN.dataFrom);
  let fahrenheit: number | undefined;
  const columns = ['event_time', 'hr', 'weekday', 'workingday', 'weathersit', 'temp', 'atemp', 'hum', 'windspeed', 'cnt'];
  const write = (from: number, hot: boolean): void => {
    const week = rows.filter((row) => epoch(at(row)) >= from && epoch(at(row)) < from + 7 * DAY_MS);
    const text = week.map((row) =>
      columns
        .map((name) => (hot && name === 'temp' ? ((Number(row[name]) * 41 * 9) / 5 + 32).toFixed(1) : row[name]))
        .join(','),
    );
    const path = join(folder, `week-${instant(from).slice(0, 10)}.csv`);
    writeFileSync(`${path}.tmp`, [columns.join(','), ...text, ''].join('\n'));
    renameSync(`${path}.tmp`, path);
  };
  return {
    async deliverUntil(midnight) {
      while (next + 7 * DAY_MS <= epoch(midnight)) {
        const hot = next + 7 * DAY_MS === epoch(options.fahrenheitWeekEndingAt);
        if (fahrenheit !== undefined) write(fahrenheit, false);
        fahrenheit = hot ? next : undefined;
        write(next, hot);
        next += 7 * DAY_MS;
      }
    },
    async rides() {
      return rows.map((row) => ({
        at: at(row),
        inputs: Object.fromEntries(Object.entries(row).filter(([name]) => !['event_time', 'cnt'].includes(name))),
        count: Number(row['cnt']),
      }));
    },
  };
}
