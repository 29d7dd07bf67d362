import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../domain/bounds.js';
import { outcomesIn, type TriggerVerdict } from '../domain/reports.js';
import { findingsOf, summaryOf } from './check-line.js';

const drift: TriggerVerdict = {
  ...{ kind: 'data-drift', outcome: 'quiet', action: 'alert', because: '1 of 4 features drifted (temp)' },
  numbers: { share: 0.25 },
};
const sha256 = 'a'.repeat(64);

/** A trigger of a plug-in that has much to say. */
function talker(name: string, letter: string, outcome: TriggerVerdict['outcome'] = 'quiet'): TriggerVerdict {
  const plugin = { name, version: '1.0.0', sha256 };
  return {
    kind: 'plugin',
    name,
    outcome,
    action: 'retrain',
    because: letter.repeat(500),
    numbers: {},
    plugin,
  };
}

describe('the ledger line of a check', () => {
  it('says whole what each trigger found, and by which code', () => {
    const bias = talker('ours/bias', 'x', 'fired');
    expect(findingsOf([])).toBe('no trigger looks at data');
    expect(findingsOf([drift, bias])).toBe(
      `data-drift quiet: 1 of 4 features drifted (temp); plugin ours/bias fired: ${'x'.repeat(500)}`,
    );
    expect(summaryOf([drift, bias])).toEqual({
      ...{ 'data-drift': 'quiet', 'plugin-ours/bias': 'fired' },
      'code of ours/bias': `1.0.0, sha256 ${sha256}`,
    });
  });

  it.each(['x', '"', 'ж', '値', '🚲'])('stays small when seven have much to say (%s)', (letter) => {
    const many = Array.from({ length: 7 }, (_, i) => talker(`ours/trigger-${i}`, letter, 'fired'));
    const why = findingsOf([drift, ...many]);
    expect(jsonBytes(why)).toBeLessThanOrEqual(1200);
    expect(why).toMatch(
      /^data-drift quiet: 1 of 4 features drifted \(temp\); plugin ours\/trigger-0 fired: /,
    );
    expect(why).toContain('…; plugin ours/trigger-6 fired: ');
    expect(() => encodeURIComponent(why), 'no half of a sign').not.toThrow();
  });

  it('has the outcome of every trigger, whatever its name, and the code of as many as fit', () => {
    const long = Array.from({ length: 12 }, (_, i) => talker(`ours/${'t'.repeat(55)}-${i}`, 'x'));
    const summary = summaryOf(long);
    expect(Object.keys(outcomesIn({ summary }))).toHaveLength(12);
    expect(Object.keys(summary).filter((key) => key.startsWith('code of '))).toHaveLength(6);
    expect(jsonBytes(findingsOf(long))).toBeLessThanOrEqual(1200);
  });
});
