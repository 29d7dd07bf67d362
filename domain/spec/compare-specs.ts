import { canonicalJson } from '../canonical.js';
import { millis, type Duration } from '../duration.js';
import { showValue } from '../errors.js';
import { pathText } from './problem.js';
import type { GateSpec, ModelSpec } from './spec.js';

/**
 * What `next` loosens against `before` in the rules that a candidate must pass: gates, rollout, the metric and the rows that judge
 * it. One line each, for people; empty when nothing is looser. Pure: runs inside workflows.
 */
export function looserThan(before: ModelSpec, next: ModelSpec): string[] {
  return [
    ...looserGates(before.gates, next.gates),
    ...looserRollout(before.rollout, next.rollout),
    ...looserJudge(before, next),
  ];
}

type Rollout = ModelSpec['rollout'];

/** A value of a rule before and after, and which way is loose. */
interface Change<T> {
  readonly what: string;
  readonly from: T;
  readonly to: T;
}

const moved = ({ what, from, to }: Change<unknown>): string => `${what}: ${showText(from)} → ${showText(to)}`;
const larger = (change: Change<number>): string[] => (change.to > change.from ? [moved(change)] : []);
const smaller = (change: Change<number>): string[] => (change.to < change.from ? [moved(change)] : []);
const shorter = (change: Change<Duration>): string[] =>
  millis(change.to) < millis(change.from) ? [moved(change)] : [];
const longer = (change: Change<Duration>): string[] =>
  millis(change.to) > millis(change.from) ? [moved(change)] : [];

function looserGates(before: readonly GateSpec[], next: readonly GateSpec[]): string[] {
  return before.flatMap((gate) => {
    const name = gateName(gate);
    const same = next.filter((other) => gateName(other) === name);
    if (same.length === 0) return [`gate ${name} is removed`];
    // Any of several gates of one name may stop a candidate, so only what all of them allow is loosened.
    const lines = same.map((other) => looserGate(name, gate, other));
    return lines.reduce((least, some) => (some.length < least.length ? some : least));
  });
}

function looserGate(name: string, from: GateSpec, to: GateSpec): string[] {
  const lines: string[] = [];
  const both = <Key extends string>(key: Key): Change<number> | undefined =>
    numberOf(from, key) === undefined || numberOf(to, key) === undefined
      ? undefined
      : { what: `gate ${name}, ${key}`, from: numberOf(from, key) ?? 0, to: numberOf(to, key) ?? 0 };
  for (const key of ['margin', 'minRows', 'maxBytes']) lines.push(...ifGiven(both(key), larger));
  for (const key of ['confidence', 'holdout']) lines.push(...ifGiven(both(key), smaller));
  if (from.kind === 'latency' && to.kind === 'latency')
    lines.push(...longer({ what: `gate ${name}, p99`, from: from.p99, to: to.p99 }));
  // Which way is loose only the plug-in knows.
  if (from.kind === 'plugin' && to.kind === 'plugin' && canonicalJson(from) !== canonicalJson(to))
    lines.push(
      moved({ what: `gate ${name}, options`, from: showValue(from.options), to: showValue(to.options) }),
    );
  return lines;
}

const ifGiven = <T>(value: T | undefined, use: (value: T) => string[]): string[] =>
  value === undefined ? [] : use(value);

function numberOf(gate: GateSpec, key: string): number | undefined {
  const value: unknown = Object.entries(gate).find(([name]) => name === key)?.[1];
  return typeof value === 'number' ? value : undefined;
}

function looserRollout(before: Rollout, next: Rollout): string[] {
  const lines = [
    ...smaller({ what: 'rollout.shadow.requests', from: before.shadow.requests, to: next.shadow.requests }),
    ...shorter({ what: 'rollout.shadow.span', from: before.shadow.span, to: next.shadow.span }),
    ...shorter({ what: 'rollout.bake.span', from: before.bake.span, to: next.bake.span }),
    ...larger({
      what: 'rollout.bake.rollBackIfWorseBy',
      from: before.bake.rollBackIfWorseBy,
      to: next.bake.rollBackIfWorseBy,
    }),
  ];
  if (before.first === 'ask' && next.first === 'auto')
    lines.push(moved({ what: 'rollout.first', from: 'ask', to: 'auto' }));
  return [...lines, ...looserApproval(before.approval, next.approval)];
}

function looserApproval(before: Rollout['approval'], next: Rollout['approval']): string[] {
  if (before === undefined) return [];
  if (next === undefined) return ['rollout.approval is removed'];
  const added = next.from.filter((group) => !before.from.includes(group));
  const lines = added.map((group) => `rollout.approval.from: ${group} may approve too`);
  if (next.onExpiry === 'approve') {
    const { expiresAfter } = before;
    if (before.onExpiry === 'reject')
      lines.push(moved({ what: 'rollout.approval.onExpiry', from: 'reject', to: 'approve' }));
    else
      lines.push(
        ...shorter({ what: 'rollout.approval.expiresAfter', from: expiresAfter, to: next.expiresAfter }),
      );
  }
  return lines;
}

function looserJudge(before: ModelSpec, next: ModelSpec): string[] {
  const lines = shorter({ what: 'window.holdout', from: before.window.holdout, to: next.window.holdout });
  if (before.task.metric !== next.task.metric)
    lines.push(
      `${moved({ what: 'task.metric', from: before.task.metric, to: next.task.metric })} (gates judge by it)`,
    );
  return lines;
}

/** What changed, one line per member: `rollout.shadow.requests: 40 → 100`. Triggers and gates go by kind, not by place. */
export function specChanges(before: ModelSpec, next: ModelSpec): string[] {
  return changes([], byName(before), byName(next));
}

function byName(spec: ModelSpec): unknown {
  return {
    ...spec,
    triggers: named(spec.triggers, (trigger) =>
      trigger.kind === 'plugin' ? `plugin ${trigger.name}` : trigger.kind,
    ),
    gates: named(spec.gates, gateName),
  };
}

function named<T>(members: readonly T[], nameOf: (member: T) => string): Record<string, T> {
  const result: Record<string, T> = {};
  for (const member of members) {
    const name = nameOf(member);
    const taken = Object.keys(result).filter((key) => key === name || key.startsWith(`${name} #`)).length;
    result[taken === 0 ? name : `${name} #${taken + 1}`] = member;
  }
  return result;
}

function gateName(gate: GateSpec): string {
  if (gate.kind === 'plugin') return `plugin ${gate.name}`;
  return gate.kind === 'slice' ? `slice by ${gate.by}` : gate.kind;
}

function changes(path: readonly string[], before: unknown, next: unknown): string[] {
  if (isObject(before) && isObject(next)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(next)])];
    return keys.flatMap((key) => changes([...path, key], before[key], next[key]));
  }
  if (canonicalJson(before ?? null) === canonicalJson(next ?? null)) return [];
  const where = pathText(path);
  if (before === undefined) return [`${where}: added, ${showText(next)}`];
  if (next === undefined) return [`${where}: removed, was ${showText(before)}`];
  return [`${where}: ${showText(before)} → ${showText(next)}`];
}

const showText = (value: unknown): string => (typeof value === 'string' ? value : showValue(value));

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
