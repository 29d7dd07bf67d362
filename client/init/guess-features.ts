import type { FeatureSpec } from '../../domain/spec/spec.js';
import type { ColumnFacts, DescribedTable } from '../../engines/tables/column-facts.js';
import { ID_NAME, PREDICTED_NAME, type TaskGuess } from './guess-task.js';
import { leakOf, summandsOf } from './leaks.js';

/** A column that becomes an input, as the spec states it. */
export interface FeatureGuess {
  readonly name: string;
  readonly spec: Pick<FeatureSpec, 'type'> & Readonly<Record<string, unknown>>;
  /** What a reader should know; null where there is nothing to say. */
  readonly because: string | null;
}

/** A column that stays out, and why. */
export interface LeftOut {
  readonly name: string;
  readonly because: string;
  /** True where the column would make the model look better than it is. */
  readonly leak: boolean;
}

/** What becomes of every column that is neither label nor event time. */
export interface FeatureGuesses {
  readonly features: readonly FeatureGuess[];
  readonly leftOut: readonly LeftOut[];
}

const MOST_LEVELS = 1000;
const FEW_WHOLE_NUMBERS = 12;

/** Sorts the columns into inputs and what stays out: ids, constants, free text, times, and what knows the label too well. */
export async function guessFeatures(table: DescribedTable, task: TaskGuess): Promise<FeatureGuesses> {
  const features: FeatureGuess[] = [];
  const leftOut: LeftOut[] = [];
  const summands = await summandsOf(table, task);
  for (const column of table.columns) {
    const { name } = column;
    if (name === task.label.value.name || name === task.time.value.name) continue;
    const out = name === task.key.value ? 'it identifies rows' : uselessness(column, table.rows);
    if (out !== null) {
      leftOut.push({ name, because: out, leak: false });
      continue;
    }
    const other = summands.get(name);
    const leak = PREDICTED_NAME.test(name)
      ? 'its name says that it is a model’s answer'
      : other === undefined
        ? await leakOf(table, task, column)
        : `${name} + ${other} = ${task.label.value.name} in every row: it is a part of the label`;
    if (leak !== null) leftOut.push({ name, because: leak, leak: true });
    else features.push(featureOf(column, table.rows));
  }
  return { features, leftOut };
}

function uselessness(column: ColumnFacts, rows: number): string | null {
  const { kind, distinct, missing } = column;
  if (missing === rows) return 'it is empty';
  if (distinct < 2) return 'it never varies';
  if (kind === 'time') return 'it is a time; compute what matters of it with source.sql, e.g. the weekday';
  if (kind === 'other') return 'it is neither a number nor a text';
  if (looksLikeId(column, rows)) return 'no value repeats, as in an id';
  if (kind === 'text' && (distinct > MOST_LEVELS || distinct > rows / 5))
    return `its ${distinct} texts are too many for categories`;
  return null;
}

function featureOf(column: ColumnFacts, rows: number): FeatureGuess {
  const { name, kind, distinct, values } = column;
  const gaps = missingOf(column, rows);
  const few = isCode(column) && values !== null;
  if (kind === 'float' || (kind === 'integer' && !few)) {
    return { name, spec: { type: 'number', ...rangeOf(column), ...gaps.spec }, because: gaps.because };
  }
  if (values === null)
    return {
      name,
      spec: { type: 'category', ...gaps.spec },
      because: `${distinct} values: new ones count as unknown`,
    };
  const listed = kind === 'integer' ? values.map(Number).sort((a, b) => a - b) : values;
  const because = few
    ? `${distinct} whole numbers, read as categories; use { type: number } where their order matters`
    : gaps.because;
  return { name, spec: { type: 'category', values: listed, maxUnknown: '1%', ...gaps.spec }, because };
}

const FEWEST_IDS = 20;

/** Texts that never repeat, or whole numbers that count the rows. */
const looksLikeId = ({ name, kind, unique, min, max }: ColumnFacts, rows: number): boolean =>
  unique &&
  rows >= FEWEST_IDS &&
  (kind === 'text' || (kind === 'integer' && ((max ?? 0) - (min ?? 0) === rows - 1 || ID_NAME.test(name))));

/** A few whole numbers without a gap are codes rather than amounts. */
const isCode = ({ kind, distinct, min, max }: ColumnFacts): boolean =>
  kind === 'integer' && distinct <= FEW_WHOLE_NUMBERS && (max ?? 0) - (min ?? 0) === distinct - 1;

/** A tenth of the width is added on each side: the contract should refuse Fahrenheit, not a warm day. */
function rangeOf({ min, max, kind }: ColumnFacts): { min?: number; max?: number } {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return {};
  const room = (max - min) / 10;
  const unit = 10 ** Math.floor(Math.log10(Math.max(room, Number.MIN_VALUE)));
  const down = min >= 0 && min - room < 0 ? 0 : tidy(Math.floor((min - room) / unit) * unit);
  const up =
    kind === 'float' && max <= 1 && max + room > 1 && min >= 0
      ? 1
      : tidy(Math.ceil((max + room) / unit) * unit);
  return { min: down, max: Math.max(up, max) };
}

const tidy = (value: number): number => Number(value.toPrecision(12));

function missingOf(
  { missing }: ColumnFacts,
  rows: number,
): { spec: { maxMissing?: string }; because: string | null } {
  if (missing === 0) return { spec: {}, because: null };
  const share = missing / rows;
  const allowed = Math.min(100, Math.ceil(share * 150) + 1);
  return {
    spec: { maxMissing: `${allowed}%` },
    because: `missing in ${(share * 100).toFixed(1)} % of the rows`,
  };
}
