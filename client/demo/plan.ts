import { epoch, instant } from '../../domain/references.js';

const DAY = 86_400_000;

/** Milliseconds of a day of event time. */
export const DAY_MS = DAY;

/** The story's dates, all in event time. Every fault that is staged lies in 2011. */
export const PLAN = {
  model: 'bike-demand',
  /** Deliveries hold whole weeks from here on. */
  dataFrom: '2011-01-01T00:00:00.000Z',
  /** What was delivered before the story begins: 14 weeks, one training window. */
  historyUntil: '2011-04-09T00:00:00.000Z',
  /** First day with requests: the first version looks from 23 hours after the history's end (its label delay). */
  firstDay: '2011-04-10T00:00:00.000Z',
  /** One after the last day. */
  end: '2013-01-01T00:00:00.000Z',
  /** The table compares from here on: nothing in it was staged. */
  judgedFrom: '2012-01-01T00:00:00.000Z',
  /** This week's file has its temperature in Fahrenheit; the delivery after it replaces the file. */
  fahrenheitDelivery: '2011-06-18T00:00:00.000Z',
  /**
   * From this day on, at the first midnight without a rollout and with a fresh delivery: a retrain whose worker is killed with
   * SIGKILL in mid-training.
   */
  killFrom: '2011-08-04T00:00:00.000Z',
  /** Epoch at which that training is held: before early stopping can end it. */
  killAtEpoch: 6,
  /**
   * From this day on, at the first midnight without a rollout three days before a delivery (whose labels will tell): a candidate
   * trained on shuffled labels, forced in by an operator.
   */
  shuffleFrom: '2011-09-14T00:00:00.000Z',
  /** The baseline that retrains by the calendar alone. */
  scheduledEveryDays: 30,
} as const;

/** The story's people. */
export const PEOPLE = { approver: 'ada', operator: 'grace' } as const;

/** The instant `days` after another. */
export const plusDays = (at: string, days: number): string => instant(epoch(at) + days * DAY);

/** Every day of the story, as the instant at which it begins. */
export function storyDays(until: string = PLAN.end): string[] {
  const days: string[] = [];
  for (let at = epoch(PLAN.firstDay); at < epoch(until); at += DAY) days.push(instant(at));
  return days;
}

/** Whole days since the last weekly delivery: 0 at the midnight of one. */
export const daysSinceDelivery = (midnight: string): number =>
  Math.floor((epoch(midnight) - epoch(PLAN.dataFrom)) / DAY) % 7;

/** Whether a weekly file is delivered at this midnight. */
export const isDeliveryDay = (midnight: string): boolean => daysSinceDelivery(midnight) === 0;
