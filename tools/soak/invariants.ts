import type { LedgerLine } from '../../domain/ledger.js';
import { getArtifact } from '../../storage/objects/artifacts.js';
import { storedRows } from '../../serving/test-server.js';
import type { Perennial } from '../../client/index.js';
import type { Plant } from '../../test/chaos/plant.js';
import { insist } from '../../test/chaos/patience.js';
import { MODEL, servingStatus, state } from '../../test/chaos/story.js';
import { historyViolations } from './histories.js';
import type { Done } from './monkey.js';
import type { Pump } from './pump.js';

/** Answered this long before serving was killed: the log may not have it. The 50 ms that it takes, on a machine that is busy. */
const LOSS_WINDOW_MS = 500;

/** What was found of a life. */
export interface Found {
  readonly violations: string[];
  /** Answered requests that a kill of serving took from the log, all of them within the window. */
  readonly lost: number;
}

/** What must hold after every life, whatever happened in it. */
export async function checkInvariants(plant: Plant, done: Done, pump: Pump): Promise<Found> {
  const perennial = await plant.client();
  const log = await logViolations(plant, perennial, { done, pump });
  const ledger = await insist('the ledger is read', () => perennial.ledger(MODEL));
  const violations = [
    ...(await championViolations(plant, perennial)),
    ...(await versionViolations(perennial)),
    ...ledgerViolations(ledger),
    ...(await historyViolations(perennial, ledger)),
    ...log.violations,
  ];
  return { violations, lost: log.lost };
}

async function championViolations(plant: Plant, perennial: Perennial): Promise<string[]> {
  const { aliases } = await state(plant);
  const stored = await perennial.registry.getAliases(MODEL);
  const serving = await servingStatus(plant);
  const said = [aliases.champion?.version, stored.champion?.version, serving.champion];
  const generations = [aliases.generation, stored.generation, serving.generation];
  if (new Set(said).size === 1 && said[0] !== undefined && new Set(generations).size === 1) return [];
  return [
    `not one champion: lifecycle, store and serving say ${said.join(', ')} (generations ${generations.join(', ')})`,
  ];
}

/** Every version can be read, with every artifact, by its digest; numbers have no gap and digests no double. */
async function versionViolations({ registry, store }: Perennial): Promise<string[]> {
  const refs = await registry.listVersions(MODEL);
  const found: string[] = [];
  if (refs.some(({ version }, i) => version !== i + 1)) found.push('the numbers of the versions have a gap');
  if (new Set(refs.map(({ digest }) => digest)).size !== refs.length) found.push('two versions are the same');
  for (const { version } of refs) {
    try {
      const { manifest } = await registry.getManifest(MODEL, version);
      const { onnx, weights, golden, profile, sourceManifest, snapshot } = manifest;
      for (const ref of [onnx, weights, golden, profile, sourceManifest, snapshot.file])
        await getArtifact(store, ref);
    } catch (error) {
      found.push(`version ${version} is not whole: ${String(error)}`);
    }
  }
  return found;
}

/** Every retrain that was asked has an end, every move of the champion a line with a reason. */
function ledgerViolations(ledger: readonly LedgerLine[]): string[] {
  const found: string[] = [];
  for (const { run } of ledger.filter(({ kind }) => kind === 'retrain-requested')) {
    const ends = ledger.filter((line) => line.run === run && ['retrain-ended', 'lost'].includes(line.kind));
    if (ends.length !== 1) found.push(`${run} has ${ends.length} ends in the ledger`);
  }
  let champion: number | null = null;
  for (const line of ledger) {
    if (line.champion === champion) continue;
    const moves = ['first', 'promoted', 'operator-promoted', 'rolled-back'].includes(line.kind);
    if (!moves || line.why === '' || line.champion === null)
      found.push(
        `line ${line.seq} (${line.kind}) makes ${line.champion} champion: ${line.why || 'no reason'}`,
      );
    champion = line.champion;
  }
  return found;
}

async function logViolations(
  plant: Plant,
  perennial: Perennial,
  { done, pump }: { done: Done; pump: Pump },
): Promise<Found> {
  await servingStatus(plant); // makes its log durable
  const log = await insist('the log is read', () => storedRows(perennial.store, MODEL));
  const rows = new Map<string, number>();
  for (const { role, prediction_id: id } of log)
    if (role === 'champion') rows.set(id, (rows.get(id) ?? 0) + 1);
  const kills = done.kills.filter(({ parts }) => parts.includes('serving'));
  const excused = (at: number): boolean => kills.some((kill) => Math.abs(kill.at - at) < LOSS_WINDOW_MS);
  const missing = pump.answers.filter(({ predictionId }) => !rows.has(predictionId));
  const violations: string[] = [];
  const unexcused = missing.filter(({ at }) => !excused(at)).length;
  if (unexcused > 0) violations.push(`${unexcused} answered requests are not in the log`);
  const doubled = [...rows.values()].filter((times) => times > 1).length;
  if (doubled > 0) violations.push(`${doubled} predictions are in the log more than once`);
  const answered = new Set(pump.answers.map(({ predictionId }) => predictionId));
  const unknown = [...rows.keys()].filter((id) => !answered.has(id)).length;
  if (unknown > pump.unanswered())
    violations.push(`${unknown} logged rows, ${pump.unanswered()} requests without an answer`);
  return { violations, lost: missing.length };
}
