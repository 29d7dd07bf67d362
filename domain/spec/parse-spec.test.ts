import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricNames } from '../../stats/index.js';
import { PerennialError } from '../errors.js';
import bad from './bad-specs.fixture.json' with { type: 'json' };
import { ESTIMABLE_METRICS, METRICS } from './metric-names.js';
import { checkSpec, parseSpec } from './parse-spec.js';
import { sampleSpec } from './sample-spec.js';

type Path = readonly (string | number)[];

/** The sample with the value at `path` replaced; undefined removes it. */
function changed(path: Path, value: unknown, spec: unknown = sampleSpec()): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const copy = (Array.isArray(spec) ? [...(spec as unknown[])] : { ...(spec as object) }) as Record<
    Path[number],
    unknown
  >;
  const inner = changed(rest, value, copy[part] ?? {});
  if (inner === undefined) Reflect.deleteProperty(copy, part);
  else copy[part] = inner;
  return copy;
}

const messages = (input: unknown): string[] =>
  checkSpec(input).problems.map((problem) => new PerennialError(problem).message);

function refusalOf(input: unknown): PerennialError {
  try {
    parseSpec(input);
  } catch (error) {
    if (error instanceof PerennialError) return error;
    throw error;
  }
  throw new Error('the spec was accepted');
}

describe('a spec', () => {
  it('is returned with its defaults', () => {
    const spec = parseSpec(sampleSpec());
    expect(spec.features['temp']).toEqual({
      type: 'number',
      from: 'request',
      min: -1,
      max: 2,
      maxMissing: 0.05,
    });
    expect(spec.triggers[1]).toMatchObject({
      relativeTo: 'naive',
      worseBy: 0.2,
      minLabels: 100,
      confidence: 0.95,
    });
    expect(spec.serving).toEqual({ clockSkew: '5 minutes' });
  });

  it('may name rows and labels in a bucket, which only the worker can know', () => {
    const source = sampleSpec().source;
    const labels = { ...source.labels, from: 's3://raw/labels/*.csv' };
    const spec = parseSpec({
      ...sampleSpec(),
      source: { ...source, rows: 's3://raw/rows/*.parquet', labels },
    });
    expect(spec.source).toMatchObject({ rows: 's3://raw/rows/*.parquet', labels });
  });

  it('has each trigger of a plug-in once, whatever its options', () => {
    const bias = (above: number) => ({ kind: 'plugin', name: 'ours/bias', options: { above } });
    const other = { kind: 'plugin', name: 'ours/late' };
    expect(messages({ ...sampleSpec(), triggers: [bias(1), other] })).toEqual([]);
    expect(messages({ ...sampleSpec(), triggers: [bias(1), other, bias(2)] })).toEqual([
      "triggers[2].name is 'ours/bias'; expected a name of its own, and triggers[0] has this one. Bring it under a second name in the plug-in, or remove one of them.",
    ]);
  });

  it('parses to itself once parsed', () => {
    const spec = parseSpec(sampleSpec());
    expect(parseSpec(spec)).toEqual(spec);
    expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('may judge by every metric that is offered, and each exists', () => {
    for (const [kind, names] of Object.entries(METRICS)) {
      const known = metricNames(kind as keyof typeof METRICS);
      for (const name of names) expect(known).toContain(name);
    }
  });

  it.each([
    ['binary', 'logistic', 'roc_auc', { kind: 'majority' }],
    ['multiclass', 'softmax', 'f1_macro', { kind: 'seasonal', period: '1 day' }],
    ['regression', 'linear', 'rmse', { kind: 'mean' }],
  ])('of kind %s goes with %s and %s', (kind, trainer, metric, naive) => {
    const spec = { ...sampleSpec(), task: { kind, label: 'cnt', metric, naive }, trainer: { kind: trainer } };
    expect(messages(spec)).toEqual([]);
  });
});

describe('a spec with one bad place is refused with one problem', () => {
  it.each(bad)('$message', ({ path, value, message }) => {
    expect(messages(changed(path, value))).toEqual([message]);
  });

  it.each([
    [
      ['features', 'temp', 'min'],
      Number.NaN,
      'features.temp.min is NaN; expected a finite number. Change it in the spec.',
    ],
    [
      ['features', 'temp', 'max'],
      Infinity,
      'features.temp.max is Infinity; expected a finite number. Change it in the spec.',
    ],
    [
      ['trainer', 'epochs'],
      -Infinity,
      'trainer.epochs is -Infinity; expected a finite number. Change it in the spec.',
    ],
    [['trainer', 'seed'], 7n, 'trainer.seed is 7; expected a finite number. Change it in the spec.'],
    [['source', 'sql'], Symbol('x'), 'source.sql is symbol; expected text. Change it in the spec.'],
  ])('%j: %s', (path, value, message) => {
    expect(messages(changed(path, value))).toEqual([message]);
  });
});

describe('estimated labels', () => {
  const estimating = (metric: string) => {
    const spec = sampleSpec();
    const triggers = [{ kind: 'performance', labels: 'estimated', worseBy: '20%', over: '7 days' }];
    return { ...spec, task: { ...spec.task, metric }, triggers };
  };

  it('are taken for metrics that can be estimated, and refused for others', () => {
    for (const metric of ESTIMABLE_METRICS.regression) expect(messages(estimating(metric))).toEqual([]);
    expect(messages(estimating('r2'))).toEqual([
      "triggers[0].labels is 'estimated'; expected 'matured', because r2 cannot be estimated for a regression task: only 'mae', 'mse' or 'rmse' can. Wait for labels, or judge by one of these metrics.",
    ]);
  });
});

describe('labels by feedback', () => {
  const source = { ...sampleSpec().source, key: 'id' };

  it('may name predictions or keys, and neither a column nor a time of arrival', () => {
    const asked = (labels: object) => ({ ...sampleSpec(), source: { ...source, labels } });
    for (const join of ['key', 'prediction-id'])
      expect(messages(asked({ delay: '1 day', from: 'feedback', join }))).toEqual([]);
    expect(messages(asked({ delay: '1 day', from: 'feedback', key: 'id', arrival: 'at' }))).toEqual([
      "source.labels.key is 'id'; expected nothing where labels come by feedback: each names its prediction or key, and serving stamps its arrival. Remove it.",
      "source.labels.arrival is 'at'; expected nothing where labels come by feedback: each names its prediction or key, and serving stamps its arrival. Remove it.",
    ]);
    expect(messages(asked({ delay: '1 day', from: 'feedback', decimal: '.' }))).toMatchObject([
      expect.stringMatching(/^source.labels.decimal is '.'; expected nothing where labels come by feedback/),
    ]);
    expect(messages(asked({ delay: '1 day', missing: ['NA'] }))).toMatchObject([
      expect.stringMatching(/^source.labels.missing is .* expected nothing without source.labels.from/),
    ]);
  });
});

describe('a refusal', () => {
  it('lists every problem, whatever part it is in', () => {
    const spec = changed(
      ['task', 'metrik'],
      'mae',
      changed(['window', 'holdout'], '90 days', changed(['trainer', 'seed'], -1)),
    );
    const error = refusalOf(spec);
    expect(error.type).toBe('spec-invalid');
    expect(error.message.split('\n')).toEqual([
      'spec has 3 problems:',
      "  - task.metrik is 'mae'; expected a key of task: kind, label, metric, naive, positive. Did you mean 'metric'?",
      '  - trainer.seed is -1; expected a number of at least 0. Change it in the spec.',
      "  - window.holdout is '90 days'; expected shorter than window.length, which is 90 days. Lengthen the window or shorten the block.",
    ]);
    expect(error.refusal.problems?.map(({ type }) => type)).toEqual([
      'spec-invalid',
      'spec-invalid',
      'spec-invalid',
    ]);
  });

  it('of one problem is that line', () => {
    expect(refusalOf(changed(['window', 'kind'], 'dynamic')).message).toBe(
      "window.kind is 'dynamic'; expected 'fixed' or 'all'. " +
        "A window found by search is not built yet; use 'fixed' with a length, or 'all'.",
    );
  });

  it('names what an empty spec lacks', () => {
    expect(checkSpec({}).problems.map(({ thing }) => thing)).toEqual(
      ['model', 'task', 'source', 'features', 'window', 'trainer'].map((name) => `${name} is missing`),
    );
  });

  it('is the answer to what cannot be read', () => {
    const cyclic: Record<string, unknown> = { ...sampleSpec() };
    cyclic['task'] = cyclic;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    for (const input of [undefined, cyclic, hostile, () => 1, new Map(), new Date(0)]) refusalOf(input);
  });
});

const plain = fc.jsonValue({ maxDepth: 3 });
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
});

/** Paths of everything in the sample. */
function paths(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const isList = Array.isArray(value);
  const inner = Object.entries(value).flatMap(([key, member]) =>
    paths(member, [...path, isList ? Number(key) : key]),
  );
  return [path, ...inner];
}

describe('whatever the input', () => {
  const somewhere = fc.constantFrom(...paths(sampleSpec()));
  const parsesOrRefuses = (input: unknown): void => {
    try {
      const spec = parseSpec(input);
      expect(parseSpec(spec)).toEqual(spec);
    } catch (error) {
      expect(error).toBeInstanceOf(PerennialError);
    }
  };

  it('parsing gives a spec that parses to itself, or a refusal', () => {
    fc.assert(fc.property(anything, parsesOrRefuses), { numRuns: 300, seed: 1 });
  });

  it('a sample with anything anywhere is a spec or a refusal', () => {
    const mutation = fc.record({ path: somewhere, value: fc.oneof(anything, plain) });
    const input = fc.array(mutation, { minLength: 1, maxLength: 3 });
    const mutate = (mutations: readonly { path: Path; value: unknown }[]): void => {
      let spec: unknown = sampleSpec();
      for (const { path, value } of mutations) spec = changedIfThere(path, value, spec);
      parsesOrRefuses(spec);
    };
    fc.assert(fc.property(input, mutate), { numRuns: 1000, seed: 1 });
  });

  it('a key that nobody knows is never passed over', () => {
    const objects = paths(sampleSpec()).filter((path) => isOpen(path));
    const name = fc.stringMatching(/^[a-z]{3,12}Zz$/);
    fc.assert(
      fc.property(fc.constantFrom(...objects), name, plain, (path, key, value) => {
        const problems = checkSpec(changed([...path, key], value)).problems;
        expect(problems.map((problem) => problem.thing.includes(key))).toEqual([true]);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

function changedIfThere(path: Path, value: unknown, spec: unknown): unknown {
  try {
    return changed(path, value, spec);
  } catch {
    return value;
  }
}

/** Objects with fixed members: not the record of features, and no list. */
function isOpen(path: Path): boolean {
  if (path.length === 1 && path[0] === 'features') return false;
  const value = path.reduce<unknown>(
    (inner, part) => (inner as Record<Path[number], unknown>)[part],
    sampleSpec(),
  );
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
