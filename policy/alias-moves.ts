import type { Aliases } from '../domain/aliases.js';
import type { VersionRef } from '../domain/references.js';

/** What can happen to the aliases of a model. */
export type AliasMove =
  | { readonly kind: 'shadow'; readonly version: VersionRef }
  | { readonly kind: 'promote'; readonly version: VersionRef }
  | { readonly kind: 'bake-passed' }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'roll-back'; readonly to: VersionRef }
  /** A move that no replica could follow is taken back: what was before it, at a new generation. */
  | { readonly kind: 'restore'; readonly before: Aliases };

/**
 * The aliases after a move. The generation grows by one; at no instant is a champion unset once there was one. `previous` after a
 * roll-back is null: falling back again needs a named version.
 */
export function moveAliases(aliases: Aliases, move: AliasMove): Aliases {
  const next = { ...aliases, generation: aliases.generation + 1 };
  switch (move.kind) {
    case 'shadow':
      return { ...next, challenger: move.version };
    case 'promote':
      return {
        ...next,
        champion: move.version,
        challenger: null,
        previous: aliases.champion,
        baking: aliases.champion !== null,
      };
    case 'bake-passed':
      return { ...next, baking: false };
    case 'withdraw':
      return { ...next, challenger: null };
    case 'roll-back':
      return { ...next, champion: move.to, challenger: null, previous: null, baking: false };
    case 'restore':
      return { ...move.before, generation: next.generation };
  }
}
