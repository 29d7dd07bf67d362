/** What people may write for a parameter. */
export type Parameter = number | string | boolean;

/** Parameters by River's names. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The part of a detector's memory that all methods share. */
export interface Flags {
  /** True after an update that found a change; the next update starts afresh. */
  drift: boolean;
  warning: boolean;
}

/** A saved detector: plain JSON, infinities written as text. */
export interface SavedDetector {
  readonly detector: string;
  readonly params: Parameters;
  readonly state: unknown;
}

/** A change detector over a stream. It resets itself: the value after an alarm is the first one of a fresh detector. */
export interface Detector {
  readonly name: string;
  readonly params: Parameters;
  /** Whether the last value raised an alarm. */
  readonly drift: boolean;
  /** Whether the last value left a warning on; always false for methods without warnings. */
  readonly warning: boolean;
  /** Takes the next value. A value that is not finite is a RangeError and changes nothing. */
  update(value: number): void;
  /** Freezes the detector; `restoreDetector` goes on with the same alarms afterwards. */
  save(): SavedDetector;
}

/** The parameter that makes a method quieter, for calibration. */
export interface Sensitivity<Name extends string = string> {
  readonly parameter: Name;
  /** Settings from loud to quiet. */
  readonly loud: number;
  readonly quiet: number;
}

/** One method: what a new detector has to say about itself. */
export interface Method<P extends Parameters, S extends Flags> {
  readonly name: string;
  /** `values`: any numbers. `errors`: 0 (right) or 1 (wrong). `bounded`: numbers in [0, 1], such as errors. */
  readonly input: 'values' | 'errors' | 'bounded';
  readonly defaults: P;
  readonly sensitivity: Sensitivity<keyof P & string>;
  /** Throws a RangeError for parameters that make no sense together. */
  check?(params: P): void;
  /** Memory of a detector that has seen nothing. */
  fresh(params: P): S;
  /** Takes one value: changes the memory, its flags among it. */
  step(state: S, params: P, value: number): void;
}

/** A method behind its types: what the table of detectors holds. */
export interface DetectorKind {
  readonly name: string;
  readonly input: 'values' | 'errors' | 'bounded';
  readonly defaults: Parameters;
  readonly sensitivity: Sensitivity;
  /** A fresh detector; parameters left out take River's defaults. An unknown or impossible one is a RangeError. */
  create(params?: Parameters): Detector;
  /** Goes on from a saved state. */
  restore(saved: SavedDetector): Detector;
}
