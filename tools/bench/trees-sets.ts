import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { InputNames, TreesData } from '../../engines/training/trees/data.js';
import type { Objective } from '../../engines/training/trees/parameters.js';
import { createRandom } from '../../stats/random.js';

/** Rows for a comparison. The first `trainRows` train, the rest judge. */
export interface BenchSet {
  readonly name: string;
  readonly inputs: readonly InputNames[];
  readonly data: TreesData;
  readonly trainRows: number;
  readonly objective: Objective;
  readonly rounds: number;
  /** Times as many rounds of the bench as for speed alone: until the interval of the error is narrow. */
  readonly errorTimes: number;
  /** What the errors are called. */
  readonly metric: 'RMSE' | 'MAE' | '1 - AUC' | 'log loss';
}

/** Inputs of the bike data that a model may use. */
export const BIKE = [
  'season',
  'yr',
  'mnth',
  'hr',
  'holiday',
  'weekday',
  'workingday',
  'weathersit',
  'temp',
  'atemp',
  'hum',
  'windspeed',
];

type Cell = string | number | bigint | boolean | null;

async function readColumns(file: string, order: string): Promise<Record<string, readonly Cell[]>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`select * from '${file.replaceAll("'", "''")}' ${order}`);
  const columns = reader.getColumnsObject() as Record<string, readonly Cell[]>;
  connection.closeSync();
  instance.closeSync();
  return columns;
}

function toData(
  columns: Record<string, readonly Cell[]>,
  inputs: readonly InputNames[],
  label: Float64Array,
): TreesData {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const { name, type } of inputs) {
    const column = columns[name] ?? [];
    if (type === 'number')
      numbers[name] = Float64Array.from(column, (cell) => (cell === null ? NaN : Number(cell)));
    else categories[name] = column.map((cell) => (cell === null ? null : String(cell)));
  }
  return { rows: label.length, numbers, categories, label };
}

/** Inputs of a file: texts and truth values are categories. */
function inputsOf(columns: Record<string, readonly Cell[]>, left: readonly string[]): InputNames[] {
  return Object.entries(columns)
    .filter(([name]) => !left.includes(name) && name !== 'Index')
    .map(([name, cells]) => ({
      name,
      type: ['string', 'boolean'].includes(typeof cells.find((c) => c !== null)) ? 'category' : 'number',
    }));
}

async function bikeSets(folder: string): Promise<BenchSet[]> {
  const columns = await readColumns(join(folder, 'bike_sharing.csv'), '');
  const inputs = BIKE.map((name) => ({ name, type: 'number' as const }));
  const label = Float64Array.from(columns['cnt'] ?? [], Number);
  const data = toData(columns, inputs, label);
  const quarters = [40, 142, 281];
  const classes = label.map((y) => quarters.filter((cut) => y > cut).length);
  const shared = { inputs, trainRows: 12_000, rounds: 100, errorTimes: 2 };
  return [
    { ...shared, name: 'bike_sharing', data, objective: 'squared', metric: 'RMSE' },
    { ...shared, name: 'bike_sharing, absolute', data, objective: 'absolute', metric: 'MAE' },
    {
      ...shared,
      name: 'bike_sharing, 4 classes',
      data: { ...data, label: classes },
      objective: 'softmax',
      metric: 'log loss',
    },
  ];
}

async function parquetSet(folder: string, name: string, label: string): Promise<BenchSet> {
  const [reference, monitoring] =
    name === 'car_loan'
      ? ['car_loan/reference_synthetic_car_loan.parquet', 'car_loan/monitoring_synthetic_car_loan.parquet']
      : ['hotel_booking/reference_hotel_booking.parquet', 'hotel_booking/monitoring_hotel_booking.parquet'];
  const first = await readColumns(join(folder, reference), '');
  const second = await readColumns(join(folder, monitoring), '');
  const columns = Object.fromEntries(
    Object.keys(first).map((key) => [key, [...(first[key] ?? []), ...(second[key] ?? [])]]),
  );
  const inputs = inputsOf(columns, [label, 'timestamp', 'y_pred', 'y_pred_proba']);
  const data = toData(columns, inputs, Float64Array.from(columns[label] ?? [], Number));
  const trainRows = name === 'car_loan' ? 50_000 : 36_000;
  // Three in a hundred bookings are cancelled: the area under the curve wobbles.
  const errorTimes = name === 'car_loan' ? 2 : 20;
  return { name, inputs, data, trainRows, objective: 'logistic', metric: '1 - AUC', rounds: 100, errorTimes };
}

/** Numbers with a smooth, a stepped and a mixed effect and noise; ten of the columns say nothing. */
export function syntheticSet(rows: number, columns: number, rounds: number): BenchSet {
  const random = createRandom(7);
  const draw = (): number => random.next() + random.next() + random.next() - 1.5;
  const inputs = Array.from({ length: columns }, (_, i) => ({ name: `x${i}`, type: 'number' as const }));
  const numbers = Object.fromEntries(
    inputs.map(({ name }) => [name, Float64Array.from({ length: rows }, draw)]),
  );
  const at = (i: number, row: number): number => numbers[`x${i}`]?.[row] ?? 0;
  const label = Float64Array.from({ length: rows }, (_, row) => {
    const smooth = 4 * Math.abs(at(0, row)) + 3 * at(1, row) * at(2, row) - at(3, row) ** 2;
    const stepped = (at(4, row) > 0.2 ? 2 : 0) + Math.floor(at(5, row) * 3);
    return smooth + stepped + at(6, row) + 2 * draw();
  });
  const data = { rows, numbers, categories: {}, label };
  const name = `synthetic ${rows >= 1e6 ? `${rows / 1e6}M` : `${rows / 1e3}k`} × ${columns}`;
  return {
    name,
    inputs,
    data,
    trainRows: Math.floor(rows * 0.9),
    objective: 'squared',
    metric: 'RMSE',
    rounds,
    errorTimes: rows > 1e5 ? 1 : 4,
  };
}

/** The sets whose files lie in `folder`, and synthetic ones. `small` leaves out the large synthetic ones. */
export async function benchSets(folder: string | undefined, small: boolean): Promise<BenchSet[]> {
  const files = folder !== undefined && existsSync(join(folder, 'bike_sharing.csv'));
  const real = files
    ? [
        ...(await bikeSets(folder)),
        await parquetSet(folder, 'car_loan', 'repaid'),
        await parquetSet(folder, 'hotel_booking', 'is_canceled'),
      ]
    : [];
  if (small) return [...real, syntheticSet(20_000, 12, 100)];
  return [...real, syntheticSet(1_000_000, 20, 50), syntheticSet(200_000, 200, 20)];
}
