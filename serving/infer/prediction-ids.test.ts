import { describe, expect, it } from 'vitest';
import { reproducibleIds, uniqueIds } from './prediction-ids.js';

const row = (hour: number): { key: string; eventTime: string } => {
  const eventTime = `2011-04-01T0${hour}:00:00.000Z`;
  return { key: eventTime, eventTime };
};

describe('reproducible prediction ids', () => {
  it('are the same in two runs, whatever the order of the requests', () => {
    const first = reproducibleIds('bike-demand', 1);
    const second = reproducibleIds('bike-demand', 1);
    expect([first(row(1)), first(row(2))]).toEqual([second(row(2)), second(row(1))].reverse());
  });

  it('differ for the same row sent again, another model, and another start', () => {
    const ids = reproducibleIds('bike-demand', 1);
    const all = [
      ids(row(1)),
      ids(row(1)),
      reproducibleIds('other', 1)(row(1)),
      reproducibleIds('bike-demand', 2)(row(1)),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('unique prediction ids', () => {
  it('differ within and between processes', () => {
    const a = uniqueIds();
    const b = uniqueIds();
    expect(new Set([a(row(1)), a(row(1)), b(row(1)), b(row(1))]).size).toBe(4);
  });
});
