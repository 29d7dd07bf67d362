import { noAliases, type Aliases } from '../../domain/aliases.js';
import type { Role } from '../../domain/predictions.js';
import type { VersionRef } from '../../domain/references.js';
import type { Receipt } from '../infer/log-rows.js';
import { createBatcher, type Batcher } from '../scoring/batcher.js';
import type { Lane } from '../scoring/lane.js';
import type { Scored } from '../scoring/protocol.js';
import { createBreaker } from '../shadow/breaker.js';
import { createBarrier, type Barrier } from '../shadow/barrier.js';
import { createShadowQueue, type ShadowQueue } from '../shadow/shadow-queue.js';
import type { VerifiedVersion } from './load-version.js';

/** The version that answers. */
export interface Champion {
  readonly version: VerifiedVersion;
  readonly batcher: Batcher;
}

/** A version that scores copies of answered requests. */
export interface Shadow {
  readonly role: Exclude<Role, 'champion'>;
  readonly version: VerifiedVersion;
  readonly queue: ShadowQueue<Receipt>;
}

/**
 * Who does what from one pin to the next. Immutable: a request takes the assignment it finds and keeps it to its end, so that
 * its answer, its version and its log rows always belong together.
 */
export interface Assignment {
  readonly aliases: Aliases;
  readonly champion: Champion | null;
  readonly shadows: readonly Shadow[];
  /** Requests that took this assignment: it is given back only when they are through. */
  readonly requests: Barrier;
}

/** Nobody does anything yet. */
export const unassigned = (model: string): Assignment => ({
  aliases: noAliases(model),
  champion: null,
  shadows: [],
  requests: createBarrier(),
});

/** What building an assignment needs. */
export interface AssignmentPorts {
  load(ref: VersionRef): Promise<VerifiedVersion>;
  readonly championLane: Lane;
  readonly shadowLane: Lane;
  onShadowScored(shadow: { version: number; role: Role }, receipt: Receipt, scored: Scored): void;
  onShadowFailed(shadow: { version: number; role: Role }, error: unknown, rows: number): void;
  /** Monotonic milliseconds, for breakers. */
  monotonic(): number;
}

/** Rows that may wait for a shadow. */
const SHADOW_ROWS = 20_000;

/** What the aliases ask this process to load besides the champion. */
export function shadowsOf(aliases: Aliases): { role: Shadow['role']; ref: VersionRef }[] {
  const { challenger, previous, baking } = aliases;
  return [
    ...(challenger === null ? [] : [{ role: 'shadow' as const, ref: challenger }]),
    ...(previous === null || !baking ? [] : [{ role: 'reverse-shadow' as const, ref: previous }]),
  ];
}

/**
 * Loads and verifies everything that the aliases name. Whoever has the same role and version in `before` is taken over as it
 * is, with its queue. All or nothing: when one fails, what was loaded is given back and the error is thrown.
 */
export async function buildAssignment(
  aliases: Aliases,
  before: Assignment | null,
  ports: AssignmentPorts,
): Promise<Assignment> {
  const undo: (() => void)[] = [];
  try {
    const champion = aliases.champion && (await championFor(aliases.champion, { ports, undo, before }));
    const shadows: Shadow[] = [];
    for (const { role, ref } of shadowsOf(aliases)) {
      const same = before?.shadows.find((old) => old.role === role && old.version.ref.digest === ref.digest);
      shadows.push(same ?? (await newShadow(role, ref, { ports, undo, before })));
    }
    return { aliases, champion, shadows, requests: createBarrier() };
  } catch (error) {
    for (const giveBack of undo) giveBack();
    throw error;
  }
}

/** Gives back what `after` does not use, once its last request is through. Never throws. */
export async function retire(
  before: Assignment,
  after: Assignment | null,
  ports: Pick<AssignmentPorts, 'championLane' | 'shadowLane'>,
): Promise<void> {
  const { champion } = before;
  await before.requests.passed();
  if (champion !== null && champion !== after?.champion) {
    ports.championLane.release(champion.version.ref.digest);
  }
  for (const shadow of before.shadows) {
    if (after?.shadows.includes(shadow) === true) continue;
    await shadow.queue.settled();
    ports.shadowLane.release(shadow.version.ref.digest);
  }
}

interface Loading {
  readonly ports: AssignmentPorts;
  readonly undo: (() => void)[];
  readonly before: Assignment | null;
}

/** A version that is in use in another role: its bytes were checked and are in memory, whatever became of the copies since. */
function heldBy(before: Assignment | null, { digest }: VersionRef): VerifiedVersion | undefined {
  const users = [before?.champion ?? null, ...(before?.shadows ?? [])];
  return users.find((user) => user?.version.ref.digest === digest)?.version;
}

async function championFor(ref: VersionRef, { ports, undo, before }: Loading): Promise<Champion> {
  if (before?.champion?.version.ref.digest === ref.digest) return before.champion;
  const version = heldBy(before, ref) ?? (await ports.load(ref));
  await ports.championLane.load(version.scorable);
  undo.push(() => ports.championLane.release(ref.digest));
  return { version, batcher: createBatcher(ports.championLane, ref.digest) };
}

async function newShadow(
  role: Shadow['role'],
  ref: VersionRef,
  { ports, undo, before }: Loading,
): Promise<Shadow> {
  const version = heldBy(before, ref) ?? (await ports.load(ref));
  await ports.shadowLane.load(version.scorable);
  undo.push(() => ports.shadowLane.release(ref.digest));
  const named = { version: ref.version, role };
  const queue = createShadowQueue<Receipt>({
    score: (rows) => ports.shadowLane.score(ref.digest, rows),
    onScored: (receipt, scored) => ports.onShadowScored(named, receipt, scored),
    onFailed: (error, rows) => ports.onShadowFailed(named, error, rows),
    breaker: createBreaker({ now: () => ports.monotonic() }),
    limit: SHADOW_ROWS,
  });
  return { role, version, queue };
}
