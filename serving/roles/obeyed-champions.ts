import type { Aliases } from '../../domain/aliases.js';
import type { VersionRef } from '../../domain/references.js';

/** Champions that are remembered, and whose copies stay on this machine. */
const MOST_CHAMPIONS = 5;

/**
 * The champions to fall back to after a change, oldest first. A champion that was promoted is added; one that was rolled back is
 * forgotten, with everything that came after the one that serves again.
 */
export function obeyedChampions(
  known: readonly VersionRef[],
  before: Aliases,
  after: Aliases,
): readonly VersionRef[] {
  const { champion } = after;
  if (champion === null || champion.digest === known.at(-1)?.digest) return known;
  // Only a rollback leaves no previous champion where there was one.
  const back = after.previous === null && before.champion !== null;
  const at = known.findIndex(({ digest }) => digest === champion.digest);
  if (back && at >= 0) return known.slice(0, at + 1);
  const others = known.filter(({ digest }) => digest !== champion.digest);
  const kept = back ? others.filter(({ digest }) => digest !== before.champion?.digest) : others;
  return [...kept, champion].slice(-MOST_CHAMPIONS);
}
