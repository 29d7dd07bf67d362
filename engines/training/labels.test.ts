import { describe, expect, it } from 'vitest';
import { balancedWeights, encodeLabels, fitLabels } from './labels.js';
import { sampleTask } from './testing/sample-tables.js';

const regression = sampleTask('regression');
const binary = sampleTask('binary');
const multiclass = sampleTask('multiclass');

describe('labels', () => {
  it('are scaled to mean 0 and deviation 1 for regression', () => {
    const labels = Float64Array.of(1, 3, 5);
    const fit = fitLabels(regression, labels);
    expect(fit).toEqual({ classes: null, labelScale: { mean: 3, sd: Math.sqrt(8 / 3) } });
    expect(encodeLabels(regression, fit, labels)[1]).toBe(0);
  });

  it('are classes by value where they are numbers, else by text', () => {
    expect(fitLabels(multiclass, ['10', '9', '1', '9']).classes).toEqual(['1', '9', '10']);
    expect(fitLabels(multiclass, ['b', 'c', 'a']).classes).toEqual(['a', 'b', 'c']);
  });

  it('put the positive class last: the larger one unless the spec names it', () => {
    expect(fitLabels(binary, ['1', '0']).classes).toEqual(['0', '1']);
    expect(fitLabels({ ...binary, positive: 0 }, ['1', '0']).classes).toEqual(['1', '0']);
    expect(fitLabels({ ...binary, positive: true }, ['true', 'false']).classes).toEqual(['false', 'true']);
  });

  it('leave out a class of the validation block that training never saw', () => {
    const fit = fitLabels(multiclass, ['a', 'b']);
    expect([...encodeLabels(multiclass, fit, ['b', 'z'])]).toEqual([1, NaN]);
  });

  it.each([
    [
      regression,
      Float64Array.of(),
      "label 'y' of the training block is '0 rows'; expected at least 1 labelled row",
    ],
    [regression, Float64Array.of(4, 4), 'is 4; expected a label that varies'],
    [regression, Float64Array.of(4, NaN), "is 'NaN'; expected finite numbers"],
    [regression, Float64Array.of(4, Infinity), "is 'Infinity'; expected finite numbers"],
    [regression, Float64Array.of(1e200, -1e200), 'expected labels whose squares are finite'],
    [binary, ['a', 'a'], "is 'a'; expected at least two classes"],
    [binary, ['a', 'b', 'c'], "is 'a, b, c'; expected two classes, or task.kind 'multiclass'"],
    [{ ...binary, positive: 'z' }, ['a', 'b'], "expected the positive class 'z' among the labels"],
    [binary, Float64Array.of(0, 1), 'expected class texts'],
    [regression, ['a', 'b'], 'expected numbers'],
  ])('are refused by name (%#)', (task, labels, message) => {
    expect(() => fitLabels(task, labels)).toThrow(message);
  });
});

describe('balanced weights', () => {
  it('give every class the same sum and the rows a mean of 1', () => {
    const weights = balancedWeights(Float32Array.of(0, 0, 0, 1), 2);
    expect([...weights]).toEqual([4 / 6, 2]);
  });
});
