import { describe, expect, it } from 'vitest';
import { errorSpan, months, naiveForecast, type Ride } from './forecasts.js';

const ride = (at: string, count: number): Ride => ({ at, inputs: {}, count });
const hour = (day: number): string => `2011-01-${String(day).padStart(2, '0')}T05:00:00.000Z`;

describe('the naive forecast', () => {
  const rides = [1, 2, 4, 5].map((day) => ride(hour(day), day * 10));

  it('is the same hour some days before', () => {
    expect(naiveForecast(rides, 1).get(hour(2))).toBe(10);
  });

  it('takes the next multiple where that hour is missing', () => {
    expect(naiveForecast(rides, 1).get(hour(4))).toBe(20);
  });

  it('has nothing to say before there is a past', () => {
    expect(naiveForecast(rides, 1).has(hour(1))).toBe(false);
    expect(naiveForecast(rides, 7).size).toBe(0);
  });
});

describe('errors', () => {
  const rides = [ride(hour(1), 10), ride(hour(2), 20), ride(hour(3), 30)];
  const all = (value: number) => new Map(rides.map(({ at }) => [at, value]));
  const forecasts = {
    static: all(0),
    scheduled: all(10),
    perennial: all(20),
    naive: all(30),
    naiveLastWeek: new Map([[hour(2), 20]]),
  };

  it('count only the hours that every line has a forecast for', () => {
    const span = errorSpan(rides, forecasts, hour(1), hour(4));
    expect(span.rows).toBe(1);
    expect(span.error).toEqual({ static: 20, scheduled: 10, perennial: 0, naive: 10, naiveLastWeek: 0 });
  });

  it('count hours from the start and before the end of a span', () => {
    expect(errorSpan(rides, { ...forecasts, naiveLastWeek: all(0) }, hour(1), hour(3)).rows).toBe(2);
  });

  it('are no number where no hour counts', () => {
    expect(errorSpan(rides, forecasts, hour(5), hour(6)).error.perennial).toBeNaN();
  });
});

describe('months', () => {
  it('split a time at the first of each month', () => {
    expect(months('2011-12-10T00:00:00.000Z', '2012-02-01T00:00:00.000Z')).toEqual([
      { from: '2011-12-10T00:00:00.000Z', to: '2012-01-01T00:00:00.000Z' },
      { from: '2012-01-01T00:00:00.000Z', to: '2012-02-01T00:00:00.000Z' },
    ]);
  });
});
