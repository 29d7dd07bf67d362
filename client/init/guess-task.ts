import { PerennialError } from '../../domain/errors.js';
import type { ColumnFacts, TableFacts } from '../../engines/tables/column-facts.js';

/** A guess and what it rests on. */
export interface Guess<T> {
  readonly value: T;
  readonly because: string;
}

/** What a person said; the rest is guessed. */
export interface Told {
  readonly label?: string | undefined;
  readonly time?: string | undefined;
}

/** What a model of a table would predict, and when its rows happened. */
export interface TaskGuess {
  readonly time: Guess<ColumnFacts>;
  readonly label: Guess<ColumnFacts>;
  readonly kind: Guess<'regression' | 'binary' | 'multiclass'>;
  /** The column that identifies a row; null where the event time does, or where none was found. */
  readonly key: Guess<string | null>;
}

const TIME_NAME = /(^|_)(time|timestamp|datetime|date|at|ts)(_|$)/i;
const LABEL_NAME =
  /^(label|target|y|class|outcome|cnt|count|demand|sales|price|amount|default|repaid|up|churn(ed)?|fraud|is_\w+|survived|clicked|converted)$/i;
/** First words of a column that holds what people like to know ahead, whatever its unit: `Price (EUR/MWh)`. */
const LABEL_WORD = /^(price|preis|demand|sales|verbrauch|consumption)\b/i;
/** Another model's answers are no label and no feature. */
export const PREDICTED_NAME =
  /^(y_?)?(pred|prediction|predicted|proba|probability|score)(_|$)|(_pred|_prediction|_proba|_score)$/i;
/** Names of columns that identify rows. */
export const ID_NAME = /(^|_)(id|key|index|uuid|no|number)$/i;
const MOST_CLASSES = 30;

/** Guesses event time, label, task and key. Throws `bad-input` where a name is unknown or nothing suits. */
export function guessTask(table: TableFacts, told: Told): TaskGuess {
  const time = guessTime(table, told.time);
  const label = guessLabel(table, time.value, told.label);
  return { time, label, kind: guessKind(label.value), key: guessKey(table, time.value, label.value) };
}

function guessTime({ columns }: TableFacts, told: string | undefined): Guess<ColumnFacts> {
  if (told !== undefined) return { value: timeNamed(columns, told), because: 'as asked' };
  const times = columns.filter(({ kind }) => kind === 'time');
  const best = times.sort((a, b) => rankTime(b) - rankTime(a))[0];
  if (best === undefined) {
    const next = 'Add a column with the time at which each row happened, or name one with --time.';
    throw new PerennialError({
      type: 'bad-input',
      thing: 'event time',
      value: columns.map(({ name }) => name).join(', '),
      allowed: 'a column of dates or times',
      next,
    });
  }
  const others = times.slice(1).map(({ name }) => name);
  const because = others.length === 0 ? 'the only column of times' : `chosen before ${others.join(', ')}`;
  return { value: best, because };
}

function timeNamed(columns: readonly ColumnFacts[], told: string): ColumnFacts {
  const value = named(columns, told, '--time');
  if (value.kind === 'time') return value;
  throw new PerennialError({
    type: 'bad-input',
    thing: '--time',
    value: told,
    allowed: `a column of dates or times; it holds ${value.kind === 'text' ? 'text' : 'numbers'}, e.g. ${value.values?.[0] ?? String(value.min)}`,
    next: 'Write its times as ISO 8601, e.g. 2024-12-31T14:00:00Z, or name another column.',
  });
}

/** A time that rows do not share tells more; then a name that says so; a missing time is no time. */
const rankTime = ({ name, distinct, missing }: ColumnFacts): number =>
  (missing === 0 ? 1e12 : 0) + distinct + (TIME_NAME.test(name) ? 0.5 : 0);

function guessLabel(
  { columns }: TableFacts,
  time: ColumnFacts,
  told: string | undefined,
): Guess<ColumnFacts> {
  if (told !== undefined) {
    const value = named(columns, told, '--label');
    if (value.distinct < 2) throw noLabel(value.name, 'a column with at least two values');
    return { value, because: 'as asked' };
  }
  const usable = columns.filter((column) => column !== time && canBeLabel(column));
  const byName = usable.filter(({ name }) => LABEL_NAME.test(name) || LABEL_WORD.test(name));
  const value = byName.at(-1) ?? usable.at(-1);
  if (value === undefined) throw noLabel(columns.map(({ name }) => name).join(', '), 'a column that varies');
  return {
    value,
    because: byName.includes(value) ? 'its name says so' : 'the last column that could be one',
  };
}

const canBeLabel = ({ name, kind, distinct, values }: ColumnFacts): boolean =>
  kind !== 'time' &&
  kind !== 'other' &&
  distinct >= 2 &&
  !PREDICTED_NAME.test(name) &&
  (kind !== 'text' || values !== null);

const noLabel = (value: string, allowed: string): PerennialError =>
  new PerennialError({
    type: 'bad-input',
    thing: 'label',
    value,
    allowed,
    next: 'Name the column that is to be predicted with --label.',
  });

function named(columns: readonly ColumnFacts[], name: string, flag: string): ColumnFacts {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const allowed = `one of ${columns.map((column) => column.name).join(', ')}`;
  throw new PerennialError({
    type: 'bad-input',
    thing: flag,
    value: name,
    allowed,
    next: 'Name a column of the file.',
  });
}

function guessKind({ kind, distinct }: ColumnFacts): TaskGuess['kind'] {
  if (distinct === 2) return { value: 'binary', because: 'it has two values' };
  if (kind === 'float') return { value: 'regression', because: 'it holds numbers with fractions' };
  if (kind === 'integer' && distinct > 10)
    return { value: 'regression', because: `it holds ${distinct} different whole numbers` };
  if (distinct <= MOST_CLASSES) return { value: 'multiclass', because: `it has ${distinct} values` };
  throw noLabel(`a text with ${distinct} values`, `numbers, or at most ${MOST_CLASSES} classes`);
}

function guessKey({ columns, rows }: TableFacts, time: ColumnFacts, label: ColumnFacts): TaskGuess['key'] {
  if (time.unique) return { value: null, because: 'no two rows share an event time, so it identifies them' };
  const unique = columns.filter(
    (column) => column.unique && column !== label && column !== time && column.kind !== 'float',
  );
  const key = unique.find(({ name }) => ID_NAME.test(name)) ?? unique[0];
  if (key !== undefined)
    return { value: key.name, because: 'rows share event times, and no value of this repeats' };
  return {
    value: null,
    because: `rows share event times (${time.distinct} times in ${rows} rows) and no column identifies them`,
  };
}
