import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../features/duck.js';

const DAYS = [
  '%d.%m.%Y',
  '%m/%d/%Y',
  '%d/%m/%Y',
  '%d-%m-%Y',
  '%m-%d-%Y',
  '%d.%m.%y',
  '%m/%d/%y',
  '%d-%b-%Y',
  '%d %b %Y',
  '%b %d, %Y',
];
const CLOCKS = ['', ' %H:%M', ' %H:%M:%S', ' %I:%M %p', ' %I:%M:%S %p'];
const FORMATS = [
  ...DAYS.flatMap((day) => CLOCKS.map((clock) => `${day}${clock}`)),
  '%Y%m%d',
  '%Y%m%d %H:%M',
  '%Y-%m-%d %H',
];
const SAMPLE = 200;

/** How the times of a column are written. */
export interface TimeFormat {
  readonly format: string;
  /** Another format that reads every row too, such as the month before the day; null where there is none. */
  readonly also: string | null;
}

/** The format in which every value of a text column is a time; undefined where there is none. `present` of `text` are not null. */
export async function timeFormatOf(
  connection: DuckDBConnection,
  text: string,
): Promise<TimeFormat | undefined> {
  const likely = await reading(
    connection,
    FORMATS,
    `(SELECT ${text} AS v FROM raw WHERE ${text} IS NOT NULL LIMIT ${SAMPLE})`,
  );
  if (likely.length === 0) return undefined;
  const [first, also] = await reading(
    connection,
    likely,
    `(SELECT ${text} AS v FROM raw WHERE ${text} IS NOT NULL)`,
  );
  return first === undefined ? undefined : { format: first, also: also ?? null };
}

/** The formats that read all of `values`, those with fewer steps back in time first: files are mostly in order. */
async function reading(
  connection: DuckDBConnection,
  formats: readonly string[],
  values: string,
): Promise<string[]> {
  const parsed = formats.map((format, index) => `try_strptime(v, ${literal(format)}) AS t${index}`);
  const judged = formats.map(
    (_, index) =>
      `coalesce(bool_and(t${index} BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01'), false), count_if(t${index} < b${index})`,
  );
  const before = formats.map((_, index) => `lag(t${index}) OVER () AS b${index}`);
  const [row = []] = (
    await connection.runAndReadAll(
      `SELECT ${judged.join(', ')} FROM (SELECT *, ${before.join(', ')} FROM (SELECT ${parsed.join(', ')} FROM ${values}))`,
    )
  ).getRowsJS();
  return formats
    .map((format, index) => ({ format, reads: row[2 * index] === true, back: Number(row[2 * index + 1]) }))
    .filter(({ reads }) => reads)
    .sort((a, b) => a.back - b.back)
    .map(({ format }) => format);
}

const TIME_NAME = /time|date|stamp|epoch|unix|(^|_)(ts|at)(_|$)/i;

/** The format of a column of whole numbers that are times: counted since 1970, or digits of a date. */
export function numericTime(name: string, min: number, max: number): string | undefined {
  if (!TIME_NAME.test(name)) return undefined;
  const within = (low: number, high: number): boolean => min >= low && max <= high;
  if (within(19_000_101, 21_001_231)) return '%Y%m%d';
  if (within(631_152_000, 2_208_988_800)) return 'epoch seconds';
  return within(631_152_000_000, 2_208_988_800_000) ? 'epoch milliseconds' : undefined;
}
