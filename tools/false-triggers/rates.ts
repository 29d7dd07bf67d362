import { millis } from '../../domain/duration.js';
import type { ModelSpec, TriggerSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';
import { createRandom, ratioOfMeans } from '../../stats/index.js';
import { checkChampion, daysNeeded, LONG, type ChampionChecks, type NamedTrigger } from './one-champion.js';
import { type Block, permute } from './permute.js';

/** How often one trigger fired although nothing drifted. */
export interface Rate {
  readonly block: Block;
  readonly trigger: string;
  readonly checks: number;
  readonly fired: number;
  readonly rate: number;
  /** Bounds of the rate, each with 95 % confidence: champions are resampled, because checks of one champion are alike. */
  readonly lower: number;
  readonly upper: number;
  /** Rate that was asked for. */
  readonly asked: number;
}

/** A trigger under test and the rate of false alarms that it was given. */
export interface AskedTrigger extends NamedTrigger {
  readonly asked: number;
}

/** What is measured. */
export interface RatesOptions {
  readonly spec: ModelSpec;
  readonly triggers: readonly AskedTrigger[];
  readonly block: Block;
  /** Permuted copies, each with one champion. */
  readonly copies: number;
  /** Weekly checks of each champion. */
  readonly checks: number;
  readonly seed: number;
  /** Called after each copy. */
  readonly onCopy?: (done: number) => void;
}

/** Rates of all triggers, and every champion behind them. */
export interface Measured {
  readonly rates: readonly Rate[];
  readonly champions: readonly ChampionChecks[];
}

/**
 * The demo's triggers, from its spec; its performance trigger once more with r₀ free of noise and with the default confidence; and
 * Kolmogorov–Smirnov beside PSI, each fired by the spec's share of features and by any one (what Holm's level bounds).
 */
export function triggersOf(spec: ModelSpec): AskedTrigger[] {
  return spec.triggers.flatMap((trigger): AskedTrigger[] => {
    if (trigger.kind === 'performance') return performanceTriggers(trigger);
    if (trigger.kind !== 'data-drift') return [];
    const ks: Drift = { ...trigger, test: 'ks', threshold: LEVEL };
    return (trigger.test === 'psi' ? [trigger, ks] : [ks]).flatMap((each): AskedTrigger[] => [
      { name: driftName(each), trigger: each, asked: LEVEL, baseline: 'holdout' },
      {
        name: `data drift, ${each.test} in any feature`,
        trigger: { ...each, shareOfFeatures: anyFeature(spec) },
        asked: LEVEL,
        baseline: 'holdout',
      },
    ]);
  });
}

type Drift = Extract<TriggerSpec, { kind: 'data-drift' }>;

/** Corrected level of both drift tests. */
const LEVEL = 0.01;

const driftName = ({ test, shareOfFeatures }: Drift): string =>
  `data drift, ${test} in ${shareOfFeatures * 100} % of features`;

function performanceTriggers(trigger: Extract<TriggerSpec, { kind: 'performance' }>): AskedTrigger[] {
  const strict = { ...trigger, confidence: 0.95 };
  const named = (each: typeof trigger): string =>
    `performance, ${each.worseBy * 100} % worse, confidence ${each.confidence}`;
  const asked = (each: typeof trigger): number => Number((1 - each.confidence).toFixed(6));
  const different = trigger.confidence === strict.confidence ? [trigger] : [trigger, strict];
  return different.flatMap((each): AskedTrigger[] => [
    { name: named(each), trigger: each, asked: asked(each), baseline: 'holdout' },
    { name: `${named(each)}, r₀ from ${LONG}`, trigger: each, asked: asked(each), baseline: 'long' },
  ]);
}

const anyFeature = (spec: ModelSpec): number => 1 / Object.keys(spec.features).length;

/** Trains and checks one champion on each of `copies` permuted copies of the rows. Equal options give equal rates. */
export async function measureRates(rows: Table, options: RatesOptions): Promise<Measured> {
  const { spec, triggers, block, copies, checks, seed, onCopy } = options;
  const champions: ChampionChecks[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const table = firstDays(
      permute(rows, block, createRandom(seed + copy)),
      daysNeeded({ spec, checks }) + 1,
    );
    champions.push(await checkChampion(table, { spec, triggers, checks }));
    onCopy?.(copy + 1);
  }
  return { champions, rates: triggers.map((trigger) => rateOf(trigger, block, champions)) };
}

/** Enough rows for one champion and its checks, so that less is copied around. */
function firstDays(table: Table, days: number): Table {
  const end = (table.eventTimes[0] ?? 0) + days * millis('1 day');
  const rows = table.eventTimes.findIndex((time) => time >= end);
  if (rows < 0) return table;
  const each = <T>(columns: Readonly<Record<string, T>>, cut: (column: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, cut(column)]));
  return {
    rows,
    keys: table.keys.slice(0, rows),
    eventTimes: table.eventTimes.slice(0, rows),
    numbers: each(table.numbers, (column) => column.slice(0, rows)),
    categories: each(table.categories, (column) => column.slice(0, rows)),
    label: table.label.slice(0, rows),
  };
}

/** The rate of one trigger with its bounds. */
export function rateOf(
  { name, asked }: AskedTrigger,
  block: Block,
  champions: readonly ChampionChecks[],
): Rate {
  const firedBy = champions.map(({ fired }) => fired[name] ?? 0);
  const fired = firedBy.reduce((sum, n) => sum + n, 0);
  const checks = champions.reduce((sum, champion) => sum + champion.checks, 0);
  const { lower, upper } = boundsOf(firedBy, champions);
  return { block, trigger: name, checks, fired, rate: fired / checks, lower, upper, asked };
}

/** With no or only alarms the bootstrap has nothing to vary: then the exact bound for as many independent champions. */
function boundsOf(firedBy: readonly number[], champions: readonly ChampionChecks[]) {
  const n = champions.length;
  const atMost = 1 - 0.05 ** (1 / n);
  if (firedBy.every((fired) => fired === 0)) return { lower: 0, upper: atMost };
  if (champions.every(({ checks }, i) => firedBy[i] === checks)) return { lower: 1 - atMost, upper: 1 };
  const interval = ratioOfMeans({
    numerator: firedBy,
    denominator: champions.map(({ checks }) => checks),
    blockLength: 1,
    resamples: 4000,
  });
  if (interval.kind === 'absent') return { lower: 0, upper: 1 };
  return { lower: Math.max(0, interval.lower), upper: Math.min(1, interval.upper) };
}
