import { PerennialError } from '../domain/errors.js';
import type { LedgerLine } from '../domain/ledger.js';
import type { VersionRef } from '../domain/references.js';
import type { Registry } from '../storage/registry/registry.js';
import type { ServingDoor } from './serving-door.js';

/** Former champions that are looked at: whoever needs more has other troubles. */
const MOST_TARGETS = 5;

/** Where former champions are known. */
export interface FallbackPorts {
  readonly registry: Pick<Registry, 'ledger' | 'getManifest'>;
  readonly serving: Pick<ServingDoor, 'champions'>;
}

/** What is asked of {@link fallbackTargets}. */
export interface FallbackAsk {
  readonly model: string;
  /** Versions that are out of the question. */
  readonly except: readonly number[];
  /** Beginnings of the ONNX digests that were rejected or rolled back. */
  readonly ruledOut: readonly string[];
}

/**
 * Former champions, newest first, without those that were rolled back and those in `except`. The ledger decides; while the store is
 * away or the ledger is damaged, what the replicas remember. Only reads.
 */
export async function fallbackTargets(ports: FallbackPorts, ask: FallbackAsk): Promise<VersionRef[]> {
  const known = (await byLedger(ports.registry, ask)) ?? (await byReplicas(ports.serving, ask.model));
  return known.filter(({ version }) => !ask.except.includes(version)).slice(0, MOST_TARGETS);
}

/** Undefined when the ledger cannot be read. */
async function byLedger(
  registry: FallbackPorts['registry'],
  ask: FallbackAsk,
): Promise<VersionRef[] | undefined> {
  try {
    const refs: VersionRef[] = [];
    for (const version of goodChampions(await registry.ledger(ask.model))) {
      const ref = await refOf(registry, ask, version);
      if (ref !== undefined) refs.push(ref);
    }
    return refs;
  } catch (error) {
    if (unreadable(error)) return undefined;
    throw error;
  }
}

/** Undefined for a version that is ruled out, or whose manifest is damaged or gone: nothing to fall back to. */
async function refOf(
  registry: FallbackPorts['registry'],
  { model, ruledOut }: FallbackAsk,
  version: number,
): Promise<VersionRef | undefined> {
  try {
    const { ref, manifest } = await registry.getManifest(model, version);
    return ruledOut.some((digest) => manifest.onnx.sha256.startsWith(digest)) ? undefined : ref;
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'store-unavailable') throw error;
    return undefined;
  }
}

const unreadable = (error: unknown): boolean =>
  error instanceof PerennialError && ['store-unavailable', 'registry-corrupt'].includes(error.type);

/** Versions that were champion and not rolled back since, newest first. */
export function goodChampions(lines: readonly LedgerLine[]): number[] {
  const good = new Set<number>();
  for (const { kind, version, champion } of lines) {
    if (kind === 'rolled-back' && version !== null) good.delete(version);
    if (champion === null) continue;
    if (kind === 'rolled-back' && good.has(champion)) continue;
    if ([...good].at(-1) === champion) continue;
    good.delete(champion);
    good.add(champion);
  }
  return [...good].reverse();
}

/** The champions of all replicas, in the order of the one that remembers most. */
async function byReplicas(serving: FallbackPorts['serving'], model: string): Promise<VersionRef[]> {
  const lists = (await serving.champions(model)).sort((a, b) => b.length - a.length);
  const known = new Map(lists.flat().map((ref) => [ref.digest, ref]));
  return [...known.values()];
}
