import { isCancellation, patched } from '@temporalio/workflow';
import { clip } from '../../domain/bounds.js';
import type { Aliases } from '../../domain/aliases.js';
import type { VersionRef } from '../../domain/references.js';
import { isUnservable } from '../../domain/serving-refusals.js';
import { modelNow } from '../../policy/may-retrain.js';
import { bounded } from '../proxies.js';
import type { ModelLine } from './model-line.js';
import { publish, type Moved } from './publish.js';

/** Which version serves after a rollback. */
export interface FellBack {
  readonly to: VersionRef;
  readonly effectiveFrom: string | null;
  /** Why it is not the version that was asked for; undefined when it is. */
  readonly instead?: string;
}

/** How to go back. */
export interface GoBack {
  readonly to: VersionRef;
  /** When replicas cannot serve it: true goes on to the former champions, false stays. A person who named a version gets that one or none. */
  readonly further: boolean;
}

/**
 * Makes a former champion the champion again, at once. When a replica cannot serve it (damaged, missing, scoring otherwise, or away
 * with the store), the next good one is taken, and each that could not be served gets its ledger line. Undefined when none can: then
 * everything is as it was.
 */
export async function fallBack(line: ModelLine, { to, further }: GoBack): Promise<FellBack | undefined> {
  const before = line.state.aliases;
  const first = await publish(line, { kind: 'roll-back', to });
  if (first.refused.length === 0 || !patched('fall-further-back'))
    return { to, effectiveFrom: first.effectiveFrom };
  const tried = [tell(line, to, first)];
  const some = first.nobody ? undefined : { to, effectiveFrom: first.effectiveFrom };
  for (const next of further ? await formerChampions(line, before, to) : []) {
    const moved = await publish(line, { kind: 'roll-back', to: next });
    if (moved.refused.length === 0)
      return { to: next, effectiveFrom: moved.effectiveFrom, instead: tried.join('; ') };
    tried.push(tell(line, next, moved));
  }
  if (some === undefined) await publish(line, { kind: 'restore', before });
  else if (tried.length > 1) await publish(line, { kind: 'roll-back', to });
  return some;
}

/** Only what is known at once: taking back waits for nobody. */
async function formerChampions(line: ModelLine, before: Aliases, wanted: VersionRef): Promise<VersionRef[]> {
  const { model, ruledOut } = line.state;
  const except = [before.champion, wanted].flatMap((ref) => (ref === null ? [] : [ref.version]));
  try {
    return await bounded.fallbackTargets({ model, except, ruledOut });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return [];
  }
}

/** Gives a version that replicas cannot serve its ledger line. */
function tell(line: ModelLine, version: VersionRef, { refused }: Moved): string {
  const [first] = refused;
  const why = `version ${version.version} cannot be served: ${clip(first?.problem ?? '', 240)}`;
  const where = refused.map(({ url }) => url).join(', ');
  line.record({
    kind: 'unservable',
    who: 'serving',
    why: `${why} (${first?.type ?? ''} at ${clip(where, 200)})`,
    version: version.version,
    asOf: modelNow(line.state),
  });
  return why;
}

/** What came of giving a version traffic. */
export type Given =
  | { readonly served: true; readonly effectiveFrom: string | null }
  | { readonly served: false; readonly because: string };

/**
 * Publishes a move that gives a version traffic. When replicas answer and none of them can serve it, everything is as it was, and the
 * text says why.
 */
export async function giveTraffic(
  line: ModelLine,
  move: { readonly kind: 'shadow' | 'promote'; readonly version: VersionRef },
): Promise<Given> {
  const before = line.state.aliases;
  const moved = await publish(line, move);
  const damaged = moved.refused.filter(({ type }) => isUnservable(type));
  const served = { served: true, effectiveFrom: moved.effectiveFrom } as const;
  if (damaged.length === 0 || !patched('tell-unservable')) return served;
  const because = tell(line, move.version, { ...moved, refused: damaged });
  if (!moved.nobody) return served;
  await publish(line, { kind: 'restore', before });
  return { served: false, because };
}
