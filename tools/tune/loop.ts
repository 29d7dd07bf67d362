import { PLAN, isDeliveryDay, plusDays, storyDays } from '../../client/demo/plan.js';
import { millis } from '../../domain/duration.js';
import { epoch, instant } from '../../domain/references.js';
import type { ModelSpec, TriggerSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';
import { predictModel } from '../../engines/training/train.js';
import { mayRetrain, type RulingState } from '../../policy/may-retrain.js';
import { judgePerformance } from '../../policy/triggers.js';
import { between } from '../false-triggers/permute.js';
import { naiveOf, skillAt } from '../false-triggers/skill.js';
import { bakeVerdict, type Baking } from './bake.js';
import { makeCandidate, type Version } from './candidates.js';

/** How one spec did. */
export interface LoopResult {
  /** Mean absolute error of what the champion of each hour said. */
  readonly error: number;
  readonly trainings: number;
  readonly promoted: number;
  readonly rolledBack: number;
}

/**
 * Lives through the days of `table` as the demo does, without its staged faults and without servers: weekly deliveries, weekly
 * checks, triggers, cool-down, gates, shadow, approval at once, promotion, bake. Every decision is made by the code that the
 * workflows use.
 */
export async function runLoop(spec: ModelSpec, table: Table, end: string): Promise<LoopResult> {
  const loop = new Loop(spec, table);
  await loop.begin();
  for (const day of storyDays(end)) await loop.live(day);
  return loop.result();
}

type Trigger = 'performance' | 'schedule';

class Loop {
  readonly #spec: ModelSpec;
  readonly #table: Table;
  readonly #anchor = instant(epoch(PLAN.historyUntil) + 23 * 3_600_000);
  readonly #state: Mutable<RulingState> = {
    paused: null,
    ...{ watermark: null, newestSlot: null, highWater: null, retrains: [], doubled: [] },
  };
  #delivered: string = PLAN.historyUntil;
  #champion: Version | undefined;
  /** Event time from which the champion answers. */
  #since: string = PLAN.firstDay;
  #shadow: { readonly version: Version; readonly from: string } | null = null;
  #baking: Baking | null = null;
  #waiting: Version | null = null;
  #loss = { sum: 0, rows: 0 };
  #count = { trainings: 0, promoted: 0, rolledBack: 0 };

  constructor(spec: ModelSpec, table: Table) {
    this.#spec = spec;
    this.#table = table;
  }

  async begin(): Promise<void> {
    this.#champion = await this.#train(this.#anchor, null);
  }

  /** Requests of a day, then its midnight: delivery, rollout, checks, scheduled asks. */
  async live(day: string): Promise<void> {
    const midnight = plusDays(day, 1);
    await this.#answer(day, midnight);
    if (isDeliveryDay(midnight)) this.#delivered = midnight;
    await this.#rollout(midnight);
    for (const asOf of this.#slots(this.#spec.monitor.every, day, midnight))
      await this.#check(asOf, midnight);
    const schedule = this.#spec.triggers.find((trigger) => trigger.kind === 'schedule');
    if (schedule === undefined) return;
    for (const asOf of this.#slots(schedule.every, day, midnight))
      await this.#ask('schedule', asOf, midnight);
  }

  result(): LoopResult {
    return { error: this.#loss.sum / this.#loss.rows, ...this.#count };
  }

  async #answer(from: string, to: string): Promise<void> {
    const rows = between(this.#table, epoch(from), epoch(to));
    if (rows.rows === 0) return;
    const said = await predictModel(this.#serving().model, rows);
    said.forEach((value, i) => (this.#loss.sum += Math.abs(value - Number(rows.label[i]))));
    this.#loss.rows += rows.rows;
  }

  #serving(): Version {
    if (this.#champion === undefined) throw new Error('begin() first');
    return this.#champion;
  }

  *#slots(every: string, day: string, midnight: string): Generator<string> {
    const step = millis(every);
    const anchor = epoch(this.#anchor);
    const k = Math.floor((epoch(midnight) - anchor) / step);
    if (k >= 1 && anchor + k * step > epoch(day)) yield instant(anchor + k * step);
  }

  /** Rows that are delivered: nothing later is seen by any decision. */
  #seen(): Table {
    return between(this.#table, 0, epoch(this.#delivered));
  }

  async #train(asOf: string, champion: Version | null): Promise<Version> {
    this.#count.trainings += 1;
    return makeCandidate({ spec: this.#spec, table: this.#seen(), asOf, champion });
  }

  async #rollout(midnight: string): Promise<void> {
    const watermark = instant(epoch(midnight) - millis(this.#spec.source.lateness));
    if (this.#baking !== null) await this.#bake(this.#baking, watermark, midnight);
    const span = millis(this.#spec.rollout.shadow.span);
    if (this.#shadow === null || epoch(watermark) < epoch(this.#shadow.from) + span) return;
    const { version } = this.#shadow;
    this.#shadow = null;
    this.#baking = { since: midnight, champion: version, previous: this.#serving() };
    this.#serve(version, midnight);
    this.#count.promoted += 1;
  }

  async #bake(baking: Baking, watermark: string, midnight: string): Promise<void> {
    const verdict = await bakeVerdict(this.#spec, this.#seen(), baking, watermark);
    if (verdict.kind === 'wait') return;
    this.#baking = null;
    if (verdict.kind === 'roll-back') {
      this.#serve(baking.previous, midnight);
      this.#count.rolledBack += 1;
    }
    if (this.#waiting !== null) this.#shadow = { version: this.#waiting, from: midnight };
    this.#waiting = null;
  }

  #serve(version: Version, from: string): void {
    this.#champion = version;
    this.#since = from;
  }

  async #check(asOf: string, midnight: string): Promise<void> {
    this.#state.newestSlot = asOf;
    this.#state.highWater = asOf;
    for (const trigger of this.#spec.triggers) {
      if (trigger.kind === 'performance' && (await this.#isWorse(trigger, asOf)))
        await this.#ask('performance', asOf, midnight);
    }
  }

  async #isWorse(trigger: Extract<TriggerSpec, { kind: 'performance' }>, asOf: string): Promise<boolean> {
    const { model, evaluation } = this.#serving();
    const table = between(this.#table, epoch(this.#since), epoch(this.#delivered));
    const scored = { spec: this.#spec, table, naive: naiveOf(this.#spec, this.#seen()), model };
    const seen = await skillAt(scored, { at: epoch(asOf), trigger, baseline: evaluation });
    return judgePerformance(trigger, seen).outcome === 'fired';
  }

  async #ask(trigger: Trigger, asOf: string, midnight: string): Promise<void> {
    const state = this.#state;
    const request = { trigger, asOf, by: 'tune', reason: '', rollout: true };
    if (mayRetrain(state, this.#spec, request).kind !== 'accept') return;
    state.highWater = asOf;
    state.retrains = [...state.retrains, asOf];
    state.doubled = state.doubled.filter((each) => each !== trigger);
    const version = await this.#train(asOf, this.#serving());
    if (version.gates.outcome !== 'pass') state.doubled = [...state.doubled, trigger];
    else if (this.#baking !== null) this.#waiting = version;
    else this.#shadow = { version, from: midnight };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
