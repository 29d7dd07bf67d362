import { describe, expect, it } from 'vitest';
import { epoch } from '../../domain/references.js';
import { DAY_MS, isDeliveryDay, PLAN, plusDays, storyDays } from './plan.js';

describe("the story's dates", () => {
  it('begin a label delay after the last delivery of the history', () => {
    expect(isDeliveryDay(PLAN.historyUntil)).toBe(true);
    expect(plusDays(PLAN.historyUntil, 1)).toBe(PLAN.firstDay);
  });

  it('stage every fault in 2011, before the year that is judged', () => {
    for (const at of [PLAN.fahrenheitDelivery, PLAN.killFrom, PLAN.shuffleFrom]) {
      expect(epoch(at)).toBeGreaterThan(epoch(PLAN.firstDay));
      expect(epoch(at)).toBeLessThan(epoch(PLAN.judgedFrom) - 60 * DAY_MS);
    }
    expect(isDeliveryDay(PLAN.fahrenheitDelivery)).toBe(true);
    expect(isDeliveryDay(plusDays(PLAN.shuffleFrom, 3))).toBe(true);
  });

  it('cover every day once', () => {
    const days = storyDays();
    expect(days[0]).toBe(PLAN.firstDay);
    expect(plusDays(days.at(-1) ?? '', 1)).toBe(PLAN.end);
    expect(new Set(days).size).toBe((epoch(PLAN.end) - epoch(PLAN.firstDay)) / DAY_MS);
  });
});
