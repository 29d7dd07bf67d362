import { expect, it } from 'vitest';
import type { Aliases } from '../../domain/aliases.js';
import type { VersionRef } from '../../domain/references.js';
import { moveAliases, type AliasMove } from '../../policy/alias-moves.js';
import { aliasesAt } from '../fixtures.js';
import { obeyedChampions } from './obeyed-champions.js';

const ref = (version: number): VersionRef => ({ version, digest: String(version).repeat(64) });
const promote = (version: number): AliasMove => ({ kind: 'promote', version: ref(version) });
const back = (version: number): AliasMove => ({ kind: 'roll-back', to: ref(version) });

/** Versions remembered after these moves. */
function remembered(...moves: AliasMove[]): number[] {
  let known: readonly VersionRef[] = [];
  let aliases: Aliases = aliasesAt(0);
  for (const move of moves) {
    const next = moveAliases(aliases, move);
    known = obeyedChampions(known, aliases, next);
    aliases = next;
  }
  return known.map(({ version }) => version);
}

it.each([
  ['promotions', [promote(1), promote(2), promote(3)], [1, 2, 3]],
  ['an end of a bake', [promote(1), promote(2), { kind: 'bake-passed' }], [1, 2]],
  ['a shadow', [promote(1), { kind: 'shadow', version: ref(2) }], [1]],
  ['a rollback', [promote(1), promote(2), promote(3), back(2)], [1, 2]],
  ['a rollback past one', [promote(1), promote(2), promote(3), back(1)], [1]],
  ['a rollback to one that was forgotten', [promote(2), promote(3), back(1)], [2, 1]],
  ['a promotion of an old one', [promote(1), promote(2), promote(1)], [2, 1]],
  ['six promotions', [1, 2, 3, 4, 5, 6].map(promote), [2, 3, 4, 5, 6]],
] as const)('%s leave the champions to fall back to', (_what, moves, known) => {
  expect(remembered(...moves)).toEqual(known);
});
