/** What an attempt to deliver came to: `retried` is tried again, `failed` is not. */
export const DELIVERY_OUTCOMES = ['delivered', 'retried', 'failed'] as const;
/** What an attempt to deliver came to. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** Attempts to deliver by this process since it started, for its metrics. */
export interface DeliveryCounts {
  count(hook: string, outcome: DeliveryOutcome): void;
  /** Every webhook with every outcome, from 0 on. */
  all(): readonly { readonly hook: string; readonly outcome: DeliveryOutcome; readonly count: number }[];
}

/** Counts for these webhooks. */
export function createDeliveryCounts(hooks: readonly string[]): DeliveryCounts {
  const counts = new Map(
    hooks.map((hook) => [hook, new Map(DELIVERY_OUTCOMES.map((outcome) => [outcome, 0]))]),
  );
  return {
    count: (hook, outcome) => {
      const of = counts.get(hook);
      of?.set(outcome, (of.get(outcome) ?? 0) + 1);
    },
    all: () =>
      [...counts].flatMap(([hook, of]) => [...of].map(([outcome, count]) => ({ hook, outcome, count }))),
  };
}
