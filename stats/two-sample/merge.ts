import type { FloatColumn } from '../numeric/radix.js';

/** What is handed over at each distinct value of two sorted columns, ascending. */
export interface Tie {
  value: number;
  /** How often the value occurs in either column. */
  inX: number;
  inY: number;
  /** How many values of either column are below it. */
  belowX: number;
  belowY: number;
}

/** Walks two sorted columns together and visits each distinct value once. The tie object is reused between visits. */
export function eachTie(x: FloatColumn, y: FloatColumn, visit: (tie: Tie) => void): void {
  const tie: Tie = { value: 0, inX: 0, inY: 0, belowX: 0, belowY: 0 };
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const a = i < x.length ? (x[i] ?? 0) : Infinity;
    const b = j < y.length ? (y[j] ?? 0) : Infinity;
    const at = a <= b ? a : b;
    tie.value = at;
    tie.belowX = i;
    tie.belowY = j;
    while (i < x.length && x[i] === at) i++;
    while (j < y.length && y[j] === at) j++;
    tie.inX = i - tie.belowX;
    tie.inY = j - tie.belowY;
    visit(tie);
  }
}
