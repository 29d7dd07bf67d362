import type { PluginRef } from '../domain/plugins.js';
import type { TriggerVerdict } from '../domain/reports.js';
import type { TriggerSpec } from '../domain/spec/spec.js';

type PerformanceTrigger = Extract<TriggerSpec, { kind: 'performance' }>;
type DriftTrigger = Extract<TriggerSpec, { kind: 'data-drift' }>;
type PluginTrigger = Extract<TriggerSpec, { kind: 'plugin' }>;
type NewDataTrigger = Extract<TriggerSpec, { kind: 'new-data' }>;

/** Skill of the champion on matured rows: r = loss(champion) / loss(naive). */
export interface SkillSeen {
  readonly rows: number;
  readonly ratio: number | null;
  /** One-sided lower bound of r that allows for the noise of both r and r₀. */
  readonly lower: number | null;
  /** r₀ of the champion's manifest. */
  readonly baseline: number | null;
  /** Why there is no ratio, where that is known. */
  readonly absent?: string | undefined;
  /** Rows that were left out: their label is a class that the champion does not know. */
  readonly unknownClass?: number;
  /** The code of the metric; only where it is a plug-in's. */
  readonly measuredBy?: PluginRef | undefined;
}

/** Fires when even the lower bound of r is above r₀ · (1 + worseBy). */
export function judgePerformance(trigger: PerformanceTrigger, seen: SkillSeen): TriggerVerdict {
  const { unknownClass, measuredBy: plugin } = seen;
  const base = { kind: 'performance' as const, action: trigger.action, ...(plugin && { plugin }) };
  const numbers: Record<string, number> = {
    rows: seen.rows,
    minLabels: trigger.minLabels,
    ...(unknownClass !== undefined && { unknownClass }),
  };
  if (seen.rows < trigger.minLabels) {
    const beside =
      unknownClass === undefined ? '' : `; ${unknownClass} more are of classes that it does not know`;
    const because = `${seen.rows} matured labels of the present champion, needs ${trigger.minLabels}${beside}`;
    return { ...base, outcome: 'too-few-labels', because, numbers };
  }
  if (seen.baseline === null || seen.ratio === null || seen.lower === null) {
    return {
      ...base,
      outcome: 'no-baseline',
      because: seen.absent ?? 'no skill ratio to compare with',
      numbers,
    };
  }
  const limit = seen.baseline * (1 + trigger.worseBy);
  const because = `loss is ${show(seen.ratio)} of the naive forecast's (lower bound ${show(seen.lower)}); limit ${show(limit)} = ${show(seen.baseline)} at release + ${show(trigger.worseBy * 100)} %`;
  const measured = { ...numbers, ratio: seen.ratio, lower: seen.lower, baseline: seen.baseline, limit };
  return { ...base, outcome: seen.lower > limit ? 'fired' : 'quiet', because, numbers: measured };
}

/** One feature's drift, already corrected for the number of features tested. */
export interface FeatureDrift {
  readonly feature: string;
  readonly statistic: number | null;
  readonly drifted: boolean;
  readonly absent?: string;
}

/** Fires when at least `shareOfFeatures` of the measured features drifted. */
export function judgeDrift(trigger: DriftTrigger, features: readonly FeatureDrift[]): TriggerVerdict {
  const base = { kind: 'data-drift' as const, action: trigger.action };
  const measured = features.filter((feature) => feature.statistic !== null);
  if (measured.length === 0)
    return { ...base, outcome: 'no-data', because: 'no feature could be compared', numbers: {} };
  const drifted = measured.filter((feature) => feature.drifted);
  const share = drifted.length / measured.length;
  const names = drifted.map((feature) => feature.feature).join(', ') || 'none';
  const because = `${drifted.length} of ${measured.length} features drifted (${names}); limit ${show(trigger.shareOfFeatures * 100)} %`;
  const numbers = {
    share,
    drifted: drifted.length,
    features: measured.length,
    limit: trigger.shareOfFeatures,
  };
  return { ...base, outcome: share >= trigger.shareOfFeatures ? 'fired' : 'quiet', because, numbers };
}

/** Fires when enough rows arrived after the champion's training window. */
export function judgeNewData(trigger: NewDataTrigger, newRows: number | null): TriggerVerdict {
  const base = { kind: 'new-data' as const, action: trigger.action };
  if (newRows === null)
    return { ...base, outcome: 'no-baseline', because: 'there is no champion', numbers: {} };
  const because = `${newRows} rows since the champion's window, asks at ${trigger.rows}`;
  return {
    ...base,
    outcome: newRows >= trigger.rows ? 'fired' : 'quiet',
    because,
    numbers: { newRows, rows: trigger.rows },
  };
}

/** What the plug-in said, or that it was not asked: without a champion there are no facts. */
export function judgePlugin(trigger: PluginTrigger, said: TriggerVerdict | null): TriggerVerdict {
  if (said !== null) return { ...said, action: trigger.action };
  const base = { kind: 'plugin' as const, name: trigger.name, action: trigger.action };
  return { ...base, outcome: 'no-baseline', because: 'there is no champion', numbers: {} };
}

/**
 * Which triggers of a check ask for a retrain. Data drift alone never does: drift with action `retrain` asks only beside a fired
 * performance trigger, because seasonal inputs drift all the time without harm.
 */
export function asksRetrain(verdicts: readonly TriggerVerdict[]): TriggerVerdict[] {
  const fired = verdicts.filter((verdict) => verdict.outcome === 'fired' && verdict.action === 'retrain');
  const withPerformance = fired.some((verdict) => verdict.kind === 'performance');
  return fired.filter((verdict) => verdict.kind !== 'data-drift' || withPerformance);
}

const show = (value: number): string => String(Number(value.toPrecision(3)));
