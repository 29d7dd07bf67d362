import type { Dependence } from './dependence.js';

/** What is remembered of a numeric column, so that a check need not read the reference rows again. Plain JSON of at most 8 KiB. */
export interface NumericProfile {
  readonly kind: 'numeric';
  /** Rows, the missing ones among them. */
  readonly rows: number;
  readonly missing: number;
  /** Of the values that are not missing; null where there are none (standard deviation: population). */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  /**
   * Up to 256 data values, ascending, the least and the largest among them; for up to 256 distinct values, all of them.
   * `at[i]` rows hold exactly `values[i]`, `before[i]` rows lie strictly between `values[i−1]` and it.
   */
  readonly sketch: {
    readonly values: readonly number[];
    readonly at: readonly number[];
    readonly before: readonly number[];
  };
  /** Largest share of rows strictly between two sketched values: no KS distance computed from it is further off. 0: exact. */
  readonly error: number;
  /** Decile bins for PSI and the like: distinct inner edges and counts, (−∞, e₁) [e₁, e₂) … [eₖ, ∞). */
  readonly bins: { readonly inner: readonly number[]; readonly counts: readonly number[] };
  /** How rows depend on their neighbours; absent: they count as independent. */
  readonly dependence?: Dependence | undefined;
}

/** How a profile is made. */
export interface ProfileOptions {
  /**
   * Rows are in time order and depend on each other for about so many rows (24 for hourly rows with a daily rhythm): the profile then
   * tells how much, and p-values of later comparisons allow for it. At least 1. Absent: rows count as independent.
   */
  readonly blockRows?: number | undefined;
}

/** What is remembered of a categorical column. */
export interface CategoricalProfile {
  readonly kind: 'categorical';
  readonly rows: number;
  readonly missing: number;
  /** The commonest categories and their counts, by descending count. */
  readonly counts: readonly (readonly [category: string, count: number])[];
  /** Categories that did not fit and the rows in them. `categories` 0: the profile is exact. */
  readonly rest: { readonly categories: number; readonly rows: number };
  /** How rows depend on their neighbours; absent: they count as independent. */
  readonly dependence?: Dependence | undefined;
}

/** Profile of one column. */
export type ColumnProfile = NumericProfile | CategoricalProfile;
