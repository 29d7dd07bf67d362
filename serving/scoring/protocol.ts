import type { ModelInput } from '../../domain/manifest.js';

/** A version as a scorer needs it; plain data that may be posted to a thread or process. */
export interface ScorableModel {
  /** Names the loaded session: the version's digest. */
  readonly key: string;
  /** The ONNX file, digest checked. */
  readonly onnx: Uint8Array;
  readonly inputs: readonly ModelInput[];
  readonly task: 'regression' | 'binary' | 'multiclass';
  readonly classes: readonly string[] | null;
  /** The golden rows artifact as JSON text; scored again at each load. */
  readonly golden: string;
}

/** Raw rows, by columns in the order of the model's inputs of that type. */
export interface Rows {
  readonly count: number;
  /** Column after column, each `count` long; NaN = missing. */
  readonly numbers: Float64Array;
  /** One array per category input, each `count` long; null = missing. */
  readonly categories: readonly (readonly (string | null)[])[];
}

/** Scores of a batch, row by row. */
export interface Scored {
  readonly predictions: readonly (number | string)[];
  /** Row after row, one score per class; null for regression. */
  readonly scores: Float64Array | null;
}

/** What a host is asked to do. */
export type HostRequest =
  | { readonly kind: 'load'; readonly id: number; readonly model: ScorableModel }
  | { readonly kind: 'score'; readonly id: number; readonly key: string; readonly rows: Rows }
  | { readonly kind: 'unload'; readonly id: number; readonly key: string };

/** What a host answers: exactly one per request, in order. */
export type HostReply =
  | { readonly id: number; readonly ok: true; readonly scored: Scored | null }
  | { readonly id: number; readonly ok: false; readonly type: string; readonly message: string };
