import type { TriggerVerdict } from '../domain/reports.js';
import type { TriggerSpec } from '../domain/spec/spec.js';

type PerformanceTrigger = Extract<TriggerSpec, { kind: 'performance' }>;

/** An estimated loss and what became of an earlier one. */
export interface EstimateSeen {
  readonly rows: number;
  readonly loss: number | null;
  /** One-sided lower bound of the loss that allows for the noise at release too. */
  readonly lower: number | null;
  readonly atRelease: number | null;
  readonly absent?: string;
  readonly reconciled: {
    readonly rows: number;
    readonly labelled: number;
    readonly coverage: number;
    readonly estimated: number | null;
    readonly realised: number | null;
    readonly medianDelay: number | null;
  } | null;
}

const DAY_MS = 86_400_000;

/** Fires when even the lower bound of the loss that was estimated without labels is above the loss at release · (1 + worseBy). */
export function judgeEstimate(trigger: PerformanceTrigger, seen: EstimateSeen): TriggerVerdict {
  const base = { kind: 'performance' as const, labels: 'estimated' as const, action: trigger.action };
  const numbers = { rows: seen.rows, minLabels: trigger.minLabels, ...reconciledNumbers(seen) };
  if (seen.rows < trigger.minLabels) {
    const because = `${seen.rows} requests of the present champion, needs ${trigger.minLabels}${reconciledText(seen)}`;
    return { ...base, outcome: 'no-data', because, numbers };
  }
  const { loss, lower, atRelease } = seen;
  if (loss === null || lower === null || atRelease === null) {
    const because = `no estimate: ${seen.absent ?? 'nothing to compare with'}${reconciledText(seen)}`;
    return { ...base, outcome: 'no-baseline', because, numbers };
  }
  const limit = atRelease * (1 + trigger.worseBy);
  const because = `estimated loss ${show(loss)} (lower bound ${show(lower)}); limit ${show(limit)} = ${show(atRelease)} at release + ${show(trigger.worseBy * 100)} %${reconciledText(seen)}`;
  return {
    ...base,
    outcome: lower > limit ? 'fired' : 'quiet',
    because,
    numbers: { ...numbers, loss, lower, atRelease, limit },
  };
}

function reconciledNumbers({ reconciled }: EstimateSeen): Record<string, number> {
  if (reconciled === null) return {};
  const { rows, labelled, coverage, estimated, realised, medianDelay } = reconciled;
  return {
    maturedRows: rows,
    maturedLabels: labelled,
    coverage,
    ...(estimated === null ? {} : { maturedEstimate: estimated }),
    ...(realised === null ? {} : { maturedLoss: realised }),
    ...(medianDelay === null ? {} : { labelDelayDays: medianDelay / DAY_MS }),
  };
}

function reconciledText({ reconciled }: EstimateSeen): string {
  if (reconciled === null) return '';
  const { rows, labelled, estimated, realised } = reconciled;
  const text = (loss: number | null): string => (loss === null ? 'none' : show(loss));
  return `; earlier rows: estimated ${text(estimated)}, by ${labelled} labels of ${rows} rows ${text(realised)}`;
}

const show = (value: number): string => String(Number(value.toPrecision(3)));
