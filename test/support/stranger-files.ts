import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createRandom, type Random } from '../../stats/index.js';

/** A data file as public ones are: its rows by a seed, its shape with a trap that others do not have. */
export interface StrangerFile {
  /** Name of the file; the model is named after it. */
  readonly file: string;
  readonly model: string;
  readonly write: (path: string) => void | Promise<void>;
  /** What `perennial init` must find in it. */
  readonly expected: {
    readonly label: string;
    readonly kind: 'regression' | 'binary' | 'multiclass';
    readonly source: Readonly<Record<string, unknown>>;
    readonly leftOut?: readonly string[];
  };
}

const HOUR = 3_600_000;
const START = Date.UTC(2024, 9, 1);
const pad = (value: number): string => String(value).padStart(2, '0');
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
const german = (ms: number): string => {
  const day = new Date(ms);
  return `${pad(day.getUTCDate())}.${pad(day.getUTCMonth() + 1)}.${day.getUTCFullYear()} ${clock(ms)}`;
};
const american = (ms: number): string => {
  const day = new Date(ms);
  return `${pad(day.getUTCMonth() + 1)}/${pad(day.getUTCDate())}/${day.getUTCFullYear()}`;
};
const daily = (ms: number): number => Math.sin(((ms / HOUR) % 24) * (Math.PI / 12));
const lines = (rows: number, line: (row: number, at: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => line(row, START + row * HOUR));
const noise = (random: Random): number => random.next() + random.next() + random.next() - 1.5;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T;

/** Semicolons, decimal commas, points between thousands, days before months. */
function sales(): string {
  const random = createRandom(11);
  const comma = (value: number): string =>
    value.toLocaleString('de-DE', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const rows = lines(1500, (_, at) => {
    const temperature = 12 + 8 * daily(at) + 3 * noise(random);
    const filiale = pick(random, ['Nord', 'Süd', 'West']);
    const turnover = 900 + 45 * temperature + (filiale === 'Süd' ? 400 : 0) + 60 * noise(random);
    return [german(at), filiale, comma(temperature), comma(1.2 + random.next()), comma(turnover)].join(';');
  });
  return ['Zeitpunkt;Filiale;Temperatur;Rabatt;Umsatz', ...rows].join('\r\n');
}

/** A byte order mark, and names with spaces, accents, quotes, brackets and other scripts. */
function air(): string {
  const random = createRandom(12);
  const rows = lines(1500, (_, at) => {
    const [wind, warm] = [2 + random.next() * 6, 15 + 9 * daily(at) + noise(random)];
    const pm = 60 - 6 * wind + 0.8 * warm + 3 * noise(random);
    return [
      new Date(at).toISOString().slice(0, 19).replace('T', ' '),
      warm,
      wind,
      40 + 20 * random.next(),
      pm,
    ]
      .map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell))
      .join(',');
  });
  return `\ufeff${['Mess Zeit,Température (°C),"Wind ""10 m"", m/s",湿度 %,PM 2.5', ...rows].join('\n')}\n`;
}

/** Missing values in every spelling that there is, and a sentinel. */
function sensors(): string {
  const random = createRandom(13);
  const lost = (value: string, ...marks: string[]): string =>
    random.next() < 0.06 ? pick(random, marks) : value;
  const rows = lines(1500, (_, at) => {
    const [load, oil] = [50 + 12 * daily(at) + 14 * noise(random), 60 + 8 * noise(random)];
    const heat = 20 + 0.6 * load + 0.9 * oil + 6 * noise(random);
    return [
      new Date(at).toISOString(),
      lost(load.toFixed(2), 'NA', '', 'null'),
      lost(oil.toFixed(1), '-999', '-999.0', '?'),
      lost(pick(random, ['run', 'idle', 'boost']), 'N/A', '', 'NULL'),
      heat.toFixed(2),
    ].join(',');
  });
  return ['timestamp,load,oil_pressure,mode,heat', ...rows].join('\n');
}

/** 200 columns of which a few matter, one is constant and one is empty. */
function wide(): string {
  const random = createRandom(14);
  const names = Array.from({ length: 196 }, (_, column) => `sensor_${pad(column)}`);
  const rows = lines(900, (_, at) => {
    const values = names.map(() => noise(random));
    const target = 5 + 4 * (values[3] ?? 0) + 2 * (values[77] ?? 0) + 0.5 * daily(at) + 0.5 * noise(random);
    return [
      new Date(at).toISOString(),
      'v2',
      '',
      ...values.map((value) => value.toFixed(4)),
      target.toFixed(3),
    ].join(',');
  });
  return [['time', 'firmware', 'comment', ...names, 'target'].join(','), ...rows].join('\n');
}

/** JSON lines with nested values, booleans, ids and times that repeat. */
function clicks(): string {
  const random = createRandom(15);
  return lines(1600, (row, at) => {
    const [mobile, age, source] = [
      random.next() < 0.5,
      Math.floor(18 + 50 * random.next()),
      pick(random, ['mail', 'search', 'ad']),
    ];
    const score =
      (mobile ? 1.6 : -0.8) + (source === 'search' ? 1.4 : -0.6) - (age - 40) / 25 + 1.2 * noise(random);
    return JSON.stringify({
      event_id: `e-${100_000 + row}`,
      ts: new Date(at - (at % (2 * HOUR))).toISOString(),
      mobile,
      age,
      source,
      device: { os: pick(random, ['ios', 'android']), screen: [390, 844] },
      clicked: score > 0,
    });
  }).join('\n');
}

/** Several classes in words; days as times; amounts in one column only for some. */
function flowers(): string {
  const random = createRandom(16);
  const rows = lines(1800, (row) => {
    const species = pick(random, ['setosa', 'versicolor', 'virginica'] as const);
    const size = { setosa: 1.5, versicolor: 4.2, virginica: 5.6 }[species];
    const day = new Date(START + Math.floor(row / 6) * 24 * HOUR).toISOString().slice(0, 10);
    return [
      `F${row + 1}`,
      day,
      (size + 1.2 * noise(random)).toFixed(1),
      (size / 3 + 0.4 * noise(random)).toFixed(1),
      species,
    ].join('\t');
  });
  return ['flower id\tobserved on\tpetal length\tpetal width\tspecies', ...rows].join('\n');
}

/** Yes and No, ids, months before days, and a column that is filled when the answer is known. */
function churn(): string {
  const random = createRandom(17);
  const rows = lines(2000, (row) => {
    const [tenure, charges, contract] = [
      Math.floor(70 * random.next()),
      20 + 90 * random.next(),
      pick(random, ['month', 'year']),
    ];
    const leaves =
      (contract === 'month' ? 1.2 : -1.2) - (tenure - 30) / 25 + (charges - 65) / 40 + noise(random) > 0.3;
    const date = american(START + Math.floor(row / 10) * 24 * HOUR);
    return [
      `C-${7000 + row}`,
      date,
      tenure,
      charges.toFixed(2),
      contract,
      leaves ? '1' : '0',
      leaves ? 'Yes' : 'No',
    ].join(',');
  });
  return ['customerID,signup,tenure,MonthlyCharges,Contract,exit interview,Churn', ...rows].join('\n');
}

/** A million rows: a reading each half minute of a year. */
async function million(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const u = (salt: number): string => `(hash(i * 31 + ${salt}) % 100003) / 100003.0`;
  await connection.run(`COPY (SELECT (TIMESTAMP '2024-01-01' + INTERVAL 30 SECOND * i) AS measured_at, round(10 + 5 * ${u(1)}, 3) AS flow,
      round(${u(2)}, 3) AS valve, ['north', 'south', 'east'][1 + (hash(i) % 3)::INT] AS line,
      round(3 * (10 + 5 * ${u(1)}) + 12 * ${u(2)} + 4 * sin(i / 458.37) + 2 * (${u(3)} - 0.5), 3) AS pressure
    FROM (SELECT range AS i FROM range(1000000)))
    TO '${path.replaceAll("'", "''")}' ${path.endsWith('.csv') ? '(HEADER)' : '(FORMAT parquet)'}`);
  connection.closeSync();
  instance.closeSync();
}

const text = (make: () => string) => (path: string) => writeFileSync(path, make());
const bigExpected = { label: 'pressure', kind: 'regression', source: { eventTime: 'measured_at' } } as const;

/** Files of a few rows, quick to train on. */
export const SMALL_FILES: readonly StrangerFile[] = [
  {
    ...{ file: 'umsatz.csv', model: 'umsatz', write: text(sales) },
    expected: {
      label: 'Umsatz',
      kind: 'regression',
      source: { eventTime: 'Zeitpunkt', timeFormat: '%d.%m.%Y %H:%M', decimal: ',' },
    },
  },
  {
    ...{ file: 'Luft & Güte 2024.csv', model: 'luft-gute-2024', write: text(air) },
    expected: { label: 'PM 2.5', kind: 'regression', source: { eventTime: 'Mess Zeit' } },
  },
  {
    ...{ file: 'sensors.csv', model: 'sensors', write: text(sensors) },
    expected: { label: 'heat', kind: 'regression', source: { eventTime: 'timestamp' } },
  },
  {
    ...{ file: 'wide.csv', model: 'wide', write: text(wide) },
    expected: {
      label: 'target',
      kind: 'regression',
      source: { eventTime: 'time' },
      leftOut: ['firmware', 'comment'],
    },
  },
  {
    ...{ file: 'clicks.jsonl', model: 'clicks', write: text(clicks) },
    expected: {
      label: 'clicked',
      kind: 'binary',
      source: { eventTime: 'ts', key: 'event_id' },
      leftOut: ['device'],
    },
  },
  {
    ...{ file: 'flowers.tsv', model: 'flowers', write: text(flowers) },
    expected: {
      label: 'species',
      kind: 'multiclass',
      source: { eventTime: 'observed on', key: 'flower id' },
    },
  },
  {
    ...{ file: 'churn.csv', model: 'churn', write: text(churn) },
    expected: {
      ...{ label: 'Churn', kind: 'binary', leftOut: ['exit interview'] },
      source: { eventTime: 'signup', key: 'customerID', timeFormat: '%m/%d/%Y' },
    },
  },
];

/** A million rows, in two formats. */
export const LARGE_FILES: readonly StrangerFile[] = [
  { file: 'million.parquet', model: 'million', write: million, expected: bigExpected },
  { file: 'million-rows.csv', model: 'million-rows', write: million, expected: bigExpected },
];

/** Writes files into a folder, which is made. */
export async function writeStrangerFiles(folder: string, files: readonly StrangerFile[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const { file, write } of files) await write(join(folder, file));
}
