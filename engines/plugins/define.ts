import type { Evaluation } from '../../domain/verdict.js';
import type { ModelInput } from '../../domain/manifest.js';
import type { TaskSpec } from '../../domain/spec/spec.js';
import type { Table } from '../features/table.js';

/** Checks what a spec gives as `options` and may change it: a zod schema is one. It throws, with what is wrong, to refuse. */
export interface OptionsParser<Options> {
  parse(value: unknown): Options;
}

/** What a model predicts, and by what it is judged. */
export type PluginTask = Pick<TaskSpec, 'kind' | 'label' | 'metric'>;

/** What a trainer is given. */
export interface TrainingJob<Options = unknown> {
  readonly model: string;
  readonly task: PluginTask;
  /** Classes in the order of the scores (binary: the positive one is last); null for regression. */
  readonly classes: readonly string[] | null;
  /** The inputs that the ONNX file must have, by name. */
  readonly inputs: readonly ModelInput[];
  /** The output that it must have: `prediction` [N, 1], or `scores` [N, classes]. */
  readonly output: { readonly name: 'prediction' | 'scores'; readonly columns: number };
  readonly options: Options;
  readonly seed: number;
  /** Rows in columns, ordered by event time. A missing number is NaN, a missing category null. */
  readonly train: Table;
  /** Likewise, for early stopping and for choosing. It may have no rows. */
  readonly validation: Table;
}

/** How far a training is; all of it is for people. */
export interface TrainingProgress {
  readonly epoch?: number;
  readonly epochs?: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  /** 200 characters at most. */
  readonly message?: string;
}

/** What a trainer may use while it works. */
export interface TrainingRun {
  /** Aborted when the training is to stop; three seconds later its thread is ended. */
  readonly signal: AbortSignal;
  /** Shown in `perennial retrain --wait` and in the Web UI. */
  progress(progress: TrainingProgress): void;
}

/** What a trainer gives back. */
export interface TrainedFile {
  /** The model with all of its preprocessing, as docs/plugins.md says. */
  readonly onnx: Uint8Array;
  /** Kept with the version; nothing is decided by it. `epochs` is shown as the version's. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Its own scores of the validation rows, row-major; the parity gate compares the file with them. */
  readonly validationScores?: ArrayLike<number>;
}

/** A trainer. */
export interface PluginTrainer<Options = unknown> {
  /** Tasks that it can train. @default all */
  readonly tasks?: readonly TaskSpec['kind'][];
  readonly options?: OptionsParser<Options>;
  /** Longest time of one training, such as `10 minutes`; 23 hours at most. @default '1 hour' */
  readonly timeout?: string;
  train(job: TrainingJob<Options>, run: TrainingRun): TrainedFile | Promise<TrainedFile>;
}

/** Rows that a metric judges, one entry each, in time order; a bootstrap repeats rows. */
export interface MetricRows {
  /** Regression: the value; binary: 0 or 1; multiclass: index of the class. */
  readonly labels: ArrayLike<number>;
  /** Likewise what was predicted. */
  readonly predictions: ArrayLike<number>;
  /** Binary: score of the positive class. Multiclass: rows × classes, row-major. Null for regression. */
  readonly scores: ArrayLike<number> | null;
  /** Weight of each row; null: 1 each. */
  readonly weights: ArrayLike<number> | null;
}

/** A metric. It is called a thousand times for one judgement (bootstrap), so it must be quick, and must depend on the rows alone. */
export interface PluginMetric {
  /** Tasks that it can judge. @default all */
  readonly tasks?: readonly TaskSpec['kind'][];
  /** `lower`: smaller is better and 0 is perfect. `higher`: larger is better and 1 is perfect. */
  readonly direction: 'lower' | 'higher';
  /** Longest time of one judgement, bootstraps included; 1 hour at most. @default '10 minutes' */
  readonly timeout?: string;
  /** NaN: it does not exist on these rows. A value beyond perfect counts as that too. */
  value(rows: MetricRows): number;
}

/** What a model says of some rows: values or class names, and for classes their scores (rows × classes). */
export interface Said {
  readonly predictions: readonly (number | string | null)[];
  readonly scores: Float64Array | null;
}

/** What a gate is given. */
export interface GateFacts<Options = unknown> {
  readonly model: string;
  /** Event time that the candidate was trained from, ISO 8601. */
  readonly asOf: string;
  readonly task: PluginTask;
  readonly classes: readonly string[] | null;
  readonly options: Options;
  readonly hasChampion: boolean;
  /** Every metric of candidate, champion and trivial baseline on the holdout, the comparisons with their bounds, and the slices. */
  readonly evaluation: Evaluation;
  /** The holdout rows, with their labels. */
  readonly holdout: Table;
  readonly candidate: Said;
  /** Null without a champion. */
  readonly champion: Said | null;
  /** The trivial baseline's forecast of each row; null where it knows nothing. */
  readonly naive: readonly (number | string | null)[];
  /** Of the machine that judged: time of one-row calls in milliseconds, and bytes of the ONNX file. */
  readonly latencyP99Ms: number;
  readonly onnxBytes: number;
}

/** What a gate answers. Anything but `pass` holds the candidate back. */
export interface GateAnswer {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  /** One line for people, 500 characters at most: what was measured, what was allowed. */
  readonly because: string;
  /** The numbers behind it, 50 at most. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** A gate. */
export interface PluginGate<Options = unknown> {
  readonly options?: OptionsParser<Options>;
  /** Longest time of one judgement; 1 hour at most. @default '1 minute' */
  readonly timeout?: string;
  judge(facts: GateFacts<Options>): GateAnswer | Promise<GateAnswer>;
}

/** What a trigger is given: the facts of one check. */
export interface TriggerFacts<Options = unknown> {
  readonly model: string;
  /** Event time that the check looks from, ISO 8601: its clock. There is no other. */
  readonly asOf: string;
  readonly task: PluginTask;
  readonly classes: readonly string[] | null;
  readonly options: Options;
  readonly champion: {
    readonly version: number;
    /** End of its training rows, and of its holdout. */
    readonly trainedTo: string;
    readonly holdoutTo: string;
    /** What was measured when it passed its gates. */
    readonly evaluation: Evaluation;
  };
  /** The champion's matured rows of the span `over`, in time order, with what it said and what the trivial baseline said. */
  readonly judged: {
    readonly eventTimes: Float64Array;
    readonly labels: Float64Array | readonly string[];
    readonly said: Said;
    readonly naive: readonly (number | string | null)[];
  };
  /** Each feature of the requests of the span against the champion's training rows: population stability index. */
  readonly drift: readonly {
    readonly feature: string;
    readonly statistic: number | null;
    readonly drifted: boolean;
    /** Why there is no statistic. */
    readonly absent?: string;
  }[];
  /** Rows of the source since the champion's holdout ended. */
  readonly newRows: number;
}

/** What a trigger answers. */
export interface TriggerAnswer {
  readonly fires: boolean;
  /** One line for people, 500 characters at most. */
  readonly because: string;
  /** The evidence, 50 numbers at most. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** A trigger. */
export interface PluginTrigger<Options = unknown> {
  readonly options?: OptionsParser<Options>;
  /** Longest time of one check; 10 minutes at most. @default '1 minute' */
  readonly timeout?: string;
  check(facts: TriggerFacts<Options>): TriggerAnswer | Promise<TriggerAnswer>;
}

/** A plug-in; `Trainers`, `Gates` and `Triggers` hold the options of each by name. */
export interface PluginDefinition<Trainers = unknown, Gates = unknown, Triggers = unknown> {
  /** A lower-case letter, then letters, digits and hyphens. Specs write `<name>/<name of the trainer>`. */
  readonly name: string;
  /** What you call this version; it stands in the ledger beside the digest of the module. */
  readonly version: string;
  readonly trainers?: { readonly [Name in keyof Trainers]: PluginTrainer<Trainers[Name]> };
  readonly metrics?: Readonly<Record<string, PluginMetric>>;
  readonly gates?: { readonly [Name in keyof Gates]: PluginGate<Gates[Name]> };
  readonly triggers?: { readonly [Name in keyof Triggers]: PluginTrigger<Triggers[Name]> };
}

/** Types a plug-in: `export default definePlugin({…})`. Checks nothing; the worker does when it loads the module. */
export const definePlugin = <Trainers, Gates, Triggers>(
  plugin: PluginDefinition<Trainers, Gates, Triggers>,
): PluginDefinition<Trainers, Gates, Triggers> => plugin;
