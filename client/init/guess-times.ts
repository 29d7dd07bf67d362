import type { DescribedTable } from '../../engines/tables/column-facts.js';
import type { TaskGuess } from './guess-task.js';

/** Spans that follow from how much time the rows cover and how dense they are. */
export interface TimeGuesses {
  readonly days: number;
  readonly rowsPerDay: number;
  readonly window: string;
  readonly block: string;
  /** Rows that one block holds, about. */
  readonly blockRows: number;
  readonly monitorEvery: string;
  readonly retrainEvery: string;
  readonly shadow: { readonly requests: number; readonly span: string; readonly giveUpAfter: string };
  readonly naive:
    { readonly kind: 'seasonal'; readonly period: string } | { readonly kind: 'mean' | 'majority' };
}

const DAY_MS = 86_400_000;
const WEEKS = '7 days';
const ENOUGH_ROWS = 300;

/** Guesses window, blocks and waits; durations are whole days where there are enough of them, else hours. */
export function guessTimes(table: DescribedTable, { time, kind }: TaskGuess): TimeGuesses {
  const days = Math.max(1 / 24, ((time.value.max ?? 0) - (time.value.min ?? 0)) / DAY_MS);
  const rowsPerDay = table.rows / days;
  // A tenth, but of few rows up to a fifth: what judges needs enough of them to prove anything.
  const block = Math.min(Math.max(days / 10, Math.min(days / 5, ENOUGH_ROWS / rowsPerDay)), 28);
  const dense = rowsPerDay >= 48;
  const span = dense ? '1 day' : rowsPerDay >= 3 ? WEEKS : '28 days';
  return {
    days,
    rowsPerDay,
    window: duration(Math.min(days * 0.9, 365)),
    block: duration(block),
    blockRows: Math.floor(rowsPerDay * block),
    monitorEvery: block >= 7 ? WEEKS : '1 day',
    retrainEvery: duration(Math.max(1, block * 2)),
    shadow: {
      requests: Math.max(5, Math.min(100, Math.floor(rowsPerDay * (dense ? 0.5 : 3)))),
      span,
      giveUpAfter: dense ? '14 days' : '90 days',
    },
    naive: kind.value === 'regression' ? naiveOf(time.value.unique, rowsPerDay, days) : { kind: 'majority' },
  };
}

/** Rows at a steady pace of hours or days, long enough to have seen some weeks: the same time of the week before. */
function naiveOf(unique: boolean, rowsPerDay: number, days: number): TimeGuesses['naive'] {
  const steady = unique && (Math.abs(rowsPerDay - 24) < 1.5 || Math.abs(rowsPerDay - 1) < 0.1);
  return steady && days >= 28 ? { kind: 'seasonal', period: WEEKS } : { kind: 'mean' };
}

function duration(days: number): string {
  if (days >= 2) return `${Math.floor(days)} days`;
  const minutes = Math.max(1, Math.floor(days * 1440));
  if (minutes >= 600) return `${Math.floor(minutes / 60)} hours`;
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
