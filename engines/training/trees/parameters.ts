import { PerennialError } from '../../../domain/errors.js';

/** Losses that trees can be grown for. */
export const OBJECTIVES = ['squared', 'absolute', 'quantile', 'poisson', 'logistic', 'softmax'] as const;
/** One of {@link OBJECTIVES}. */
export type Objective = (typeof OBJECTIVES)[number];

/**
 * What a training reads; every member is present. Names are those of LightGBM's parameters where they mean the same, in
 * camelCase. The defaults are {@link defaultParameters}.
 */
export interface TreesParameters {
  /** Loss: `squared`, `absolute`, `quantile` and `poisson` for numbers, `logistic` for two classes, `softmax` for more. */
  readonly objective: Objective;
  /** Level of the `quantile` loss, in (0, 1). Read by it alone. */
  readonly alpha: number;
  /** Rounds of boosting, ≥ 0; each adds one tree (softmax: one per class). 0 predicts the base alone. */
  readonly numIterations: number;
  /** Factor on every leaf, in (0, 1]. */
  readonly learningRate: number;
  /** Most leaves of a tree, 2 … 65,536. */
  readonly numLeaves: number;
  /** Most splits between root and leaf; 0 means no limit. */
  readonly maxDepth: number;
  /** Most bins of an input, its missing bin counted, 3 … 255. */
  readonly maxBin: number;
  /** Fewest training rows of a numeric bin, ≥ 1. */
  readonly minDataInBin: number;
  /** Fewest training rows of a leaf, ≥ 1; also holds for true counts, not only estimated ones. */
  readonly minDataInLeaf: number;
  /** Fewest Σ of second derivatives of a leaf, ≥ 0. */
  readonly minSumHessianInLeaf: number;
  /** Least gain of a split, ≥ 0. */
  readonly minGainToSplit: number;
  /** L2 penalty on leaf values, ≥ 0. */
  readonly lambdaL2: number;
  /** Share of inputs offered to each tree, in (0, 1]. */
  readonly featureFraction: number;
  /** Share of rows that grow each tree, in (0, 1]; drawn anew every `baggingFreq` rounds. */
  readonly baggingFraction: number;
  /** Rounds between draws of rows, ≥ 1. */
  readonly baggingFreq: number;
  /** Added to Σh when categories are sorted, and fewest rows of a category that takes part (LightGBM: `cat_smooth`), ≥ 0. */
  readonly categorySmoothing: number;
  /** More L2 penalty in splits of sorted categories (LightGBM: `cat_l2`), ≥ 0. */
  readonly categoryL2: number;
  /** Most categories on the listed side of a split (LightGBM: `max_cat_threshold`), ≥ 1. */
  readonly maxCategoriesInSplit: number;
  /** An input of up to so many categories, missing counted as one, tries each against the rest (LightGBM: `max_cat_to_onehot`), ≥ 1. */
  readonly maxCategoriesOneByOne: number;
  /** Fewest rows between two cuts of sorted categories (LightGBM: `min_data_per_group`), ≥ 1. */
  readonly minDataPerGroup: number;
  /** Direction by input name: 1 never falls as the input grows, −1 never rises, 0 free. */
  readonly monotoneConstraints: Readonly<Record<string, -1 | 0 | 1>>;
  /** Rounds without a better validation loss before training stops; 0 never stops early. Needs validation rows. */
  readonly earlyStoppingRound: number;
  /** `balanced` weighs every class by rows / (classes · rows of the class). */
  readonly classWeights: 'none' | 'balanced';
  /** Bounds the Poisson step: second derivatives are e^(score + this) (LightGBM: `poisson_max_delta_step`), ≥ 0. */
  readonly poissonMaxDeltaStep: number;
  /** Names the sampling of rows and inputs, 0 … 2^32 − 1. */
  readonly seed: number;
}

/** Defaults of everything but the objective. */
export const defaultParameters: Omit<TreesParameters, 'objective'> = {
  alpha: 0.5,
  numIterations: 100,
  learningRate: 0.1,
  numLeaves: 31,
  maxDepth: 0,
  maxBin: 255,
  minDataInBin: 3,
  minDataInLeaf: 20,
  minSumHessianInLeaf: 1e-3,
  minGainToSplit: 0,
  lambdaL2: 0,
  featureFraction: 1,
  baggingFraction: 1,
  baggingFreq: 1,
  categorySmoothing: 50,
  categoryL2: 10,
  maxCategoriesInSplit: 32,
  maxCategoriesOneByOne: 4,
  minDataPerGroup: 100,
  monotoneConstraints: {},
  earlyStoppingRound: 0,
  classWeights: 'none',
  poissonMaxDeltaStep: 0.7,
  seed: 0,
};

/** What a caller writes: the objective, and what differs from the defaults. */
export type TreesOptions = Pick<TreesParameters, 'objective'> & Partial<TreesParameters>;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  /** The bounds themselves are out of range. */
  readonly minOpen?: boolean;
  readonly maxOpen?: boolean;
}

const whole = (min: number, max: number): Range => ({ min, max, whole: true });
const share: Range = { min: 0, max: 1, minOpen: true };
const notNegative: Range = { min: 0, max: Infinity, maxOpen: true };

const ranges: Partial<Record<keyof TreesParameters, Range>> = {
  alpha: { min: 0, max: 1, minOpen: true, maxOpen: true },
  numIterations: whole(0, 100_000),
  learningRate: share,
  numLeaves: whole(2, 65_536),
  maxDepth: whole(0, 65_535),
  maxBin: whole(3, 255),
  minDataInBin: whole(1, 2 ** 31),
  minDataInLeaf: whole(1, 2 ** 31),
  minSumHessianInLeaf: notNegative,
  minGainToSplit: notNegative,
  lambdaL2: notNegative,
  featureFraction: share,
  baggingFraction: share,
  baggingFreq: whole(1, 100_000),
  categorySmoothing: notNegative,
  categoryL2: notNegative,
  maxCategoriesInSplit: whole(1, 254),
  maxCategoriesOneByOne: whole(1, 254),
  minDataPerGroup: whole(1, 2 ** 31),
  earlyStoppingRound: whole(0, 100_000),
  poissonMaxDeltaStep: { min: 0, max: 20 },
  seed: whole(0, 2 ** 32 - 1),
};

const describeRange = ({ min, max, whole: isWhole, minOpen, maxOpen }: Range): string =>
  `a ${isWhole === true ? 'whole ' : ''}number in ${minOpen === true ? '(' : '['}${min}, ${max}${maxOpen === true ? ')' : ']'}`;

function isWithin(value: unknown, range: Range): boolean {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  const above = range.minOpen === true ? value > range.min : value >= range.min;
  const below = range.maxOpen === true ? value < range.max : value <= range.max;
  return above && below && (range.whole !== true || Number.isInteger(value));
}

function refuse(thing: string, value: unknown, allowed: string): never {
  throw new PerennialError({
    type: 'parameter-invalid',
    thing,
    value,
    allowed,
    next: 'Correct the trainer section.',
  });
}

/** Adds the defaults and checks every value; throws `parameter-invalid` naming the first that is out of range. */
export function resolveParameters(options: TreesOptions): TreesParameters {
  const known = new Set(['objective', ...Object.keys(defaultParameters)]);
  for (const name of Object.keys(options)) {
    if (!known.has(name)) refuse(`trainer.${name}`, name, `one of ${[...known].join(', ')}`);
  }
  const parameters: TreesParameters = { ...defaultParameters, ...options };
  if (!OBJECTIVES.includes(parameters.objective)) {
    refuse('trainer.objective', parameters.objective, `one of ${OBJECTIVES.join(', ')}`);
  }
  for (const [name, value] of Object.entries(parameters)) {
    const range = Object.entries(ranges).find(([key]) => key === name)?.[1];
    if (range !== undefined && !isWithin(value, range))
      refuse(`trainer.${name}`, value, describeRange(range));
  }
  checkMonotone(parameters);
  if (parameters.classWeights !== 'none' && !['logistic', 'softmax'].includes(parameters.objective)) {
    refuse('trainer.classWeights', parameters.classWeights, `'none' for the ${parameters.objective} loss`);
  }
  return Object.freeze(parameters);
}

function checkMonotone({ monotoneConstraints, objective }: TreesParameters): void {
  for (const [name, direction] of Object.entries(monotoneConstraints)) {
    const thing = `trainer.monotoneConstraints.${name}`;
    if (![-1, 0, 1].includes(direction)) refuse(thing, direction, '-1, 0 or 1');
    if (direction !== 0 && objective === 'softmax') {
      refuse(thing, direction, '0 with the softmax loss, whose classes push against each other');
    }
  }
}
