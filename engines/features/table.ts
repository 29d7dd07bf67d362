/** Names of the blocks of a window, in time order. */
export const BLOCKS = ['train', 'validation', 'holdout'] as const;
/** Name of a block of a window. */
export type BlockName = (typeof BLOCKS)[number];

/** Labels of a table: numbers for regression, class texts (`String(value)`) for classification. */
export type Labels = Float64Array | string[];

/**
 * Rows in columns, ordered by event time and key: what training and scoring read. Every column has `rows` members. Numbers hold
 * NaN where a value is missing, categories null.
 */
export interface Table {
  readonly rows: number;
  readonly keys: string[];
  /** Epoch milliseconds. */
  readonly eventTimes: Float64Array;
  readonly numbers: Record<string, Float64Array>;
  readonly categories: Record<string, (string | null)[]>;
  readonly label: Labels;
}
