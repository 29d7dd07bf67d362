import { isDeepStrictEqual } from 'node:util';
import type { LedgerLine } from '../../domain/ledger.js';
import type { Aliases } from '../../domain/aliases.js';
import type { VersionRef } from '../../domain/references.js';
import { storedRows } from '../../serving/test-server.js';
import { insist } from './patience.js';
import type { Plant } from './plant.js';
import { MODEL, servingStatus, state, type Told } from './story.js';

/** A ledger line without what a clock or a stopwatch says: times of the wall, hashes over them, measured latencies. */
export type Decision = Pick<
  LedgerLine,
  'kind' | 'who' | 'why' | 'asOf' | 'version' | 'effectiveFrom' | 'champion' | 'run'
> & { readonly verdicts: string };

/** What is left of a story. */
export interface EndState {
  readonly aliases: Aliases;
  /** What the store says, which serving and others read. */
  readonly storedAliases: Aliases;
  readonly versions: readonly VersionRef[];
  readonly ledger: readonly Decision[];
  /** Rows of the prediction log by role and version, each once. */
  readonly logged: Readonly<Record<string, number>>;
  /** Predictions that were answered and are not in the log, or are in it twice. */
  readonly misLogged: readonly string[];
}

/** Reads what is left of a story once everything is stored. */
export function endState(plant: Plant, told: Told): Promise<EndState> {
  return insist('the end is read', async () => {
    const perennial = await plant.client();
    await servingStatus(plant); // makes its log durable
    const { aliases } = await state(plant);
    const log = await storedRows(perennial.store, MODEL);
    const logged: Record<string, number> = {};
    for (const { role, version } of log)
      logged[`${role} ${version}`] = (logged[`${role} ${version}`] ?? 0) + 1;
    const times = new Map<string, number>();
    for (const { role, prediction_id: id } of log)
      if (role === 'champion') times.set(id, (times.get(id) ?? 0) + 1);
    return {
      aliases,
      storedAliases: await perennial.registry.getAliases(MODEL),
      versions: await perennial.versions(MODEL),
      ledger: (await perennial.ledger(MODEL)).map(decisionOf),
      logged,
      misLogged: told.answered.filter((id) => times.get(id) !== 1),
    };
  });
}

function decisionOf(line: LedgerLine): Decision {
  const { kind, who, why, asOf, version, effectiveFrom, champion, run, verdicts = [] } = line;
  const judged = verdicts
    .map(({ gate, outcome, because }) => `${gate} ${outcome}: ${masked(because)}`)
    .join('; ');
  return { kind, who, why: masked(why), asOf, version, effectiveFrom, champion, run, verdicts: judged };
}

const masked = (text: string): string => text.replaceAll(/p99 [\d.]+ ms/g, 'p99 … ms');

/** What differs between two ends, one line each; empty when they are the same. */
export function differences(undisturbed: EndState, end: EndState): string[] {
  const found: string[] = [];
  const same = (what: string, expected: unknown, is: unknown): void => {
    if (!isDeepStrictEqual(expected, is))
      found.push(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(expected)}`);
  };
  same('aliases', undisturbed.aliases, end.aliases);
  same('stored aliases', end.aliases, end.storedAliases);
  same('versions', undisturbed.versions, end.versions);
  same('logged rows', undisturbed.logged, end.logged);
  same('predictions not logged once', [], end.misLogged);
  const lines = Math.max(undisturbed.ledger.length, end.ledger.length);
  for (let i = 0; i < lines; i++) same(`ledger line ${i + 1}`, undisturbed.ledger[i], end.ledger[i]);
  return found;
}
