import type { Aliases } from '../domain/aliases.js';
import { rolloutId, retrainId } from '../domain/names.js';
import { recoverState, type KnownVersion, type RecoveredState } from '../domain/recovered-state.js';
import type { Registry } from '../storage/registry/registry.js';
import type { ServingDoor } from './serving-door.js';
import type { TemporalDoor } from './temporal-door.js';

/** What is left of a model whose lifecycle is gone. */
export interface RecoveredModel extends RecoveredState {
  readonly aliases: Aliases;
}

/** Where a lost lifecycle is read from. */
export interface RecoverPorts {
  readonly registry: Registry;
  readonly serving: ServingDoor;
  readonly temporal: TemporalDoor;
}

/**
 * Puts a model's state together from the ledger, the versions, the aliases, what serving obeys and which runs still run. Null for a
 * model of which nothing is stored. Only reads: a repeat gives the same while nothing changed.
 */
export async function recoverModel(ports: RecoverPorts, model: string): Promise<RecoveredModel | null> {
  const { registry } = ports;
  const [lines, refs, stored] = await Promise.all([
    registry.ledger(model),
    registry.listVersions(model),
    registry.getAliases(model),
  ]);
  if (lines.length === 0 && refs.length === 0 && stored.generation === 0) return null;
  const versions = new Map<number, KnownVersion>();
  for (const { version } of refs) {
    const { ref, manifest } = await registry.getManifest(model, version);
    versions.set(version, { ref, onnxSha256: manifest.onnx.sha256 });
  }
  const state = recoverState(lines, versions);
  const aliases = await newestAliases(ports, stored);
  return {
    ...state,
    aliases,
    specDigest: state.specDigest ?? (await specOfVersion(registry, aliases, refs.at(-1)?.version)),
    ...(await unusedNumbers(ports, state, refs.at(-1)?.version ?? 0, model)),
  };
}

/** What serving obeys is newer than the store after a rollback while the store was down; that one counts. */
async function newestAliases({ registry, serving }: RecoverPorts, stored: Aliases): Promise<Aliases> {
  const replicas = await serving.status(stored.model);
  const newest = replicas.reduce((a, b) => (b.generation > (a?.generation ?? -1) ? b : a), replicas[0]);
  if (newest === undefined || newest.generation <= stored.generation || newest.champion === null)
    return stored;
  const { ref } = await registry.getManifest(stored.model, newest.champion);
  const { model } = stored;
  return {
    model,
    generation: newest.generation,
    champion: ref,
    challenger: null,
    previous: null,
    baking: false,
  };
}

async function specOfVersion(
  registry: Registry,
  { model, champion }: Aliases,
  newest: number | undefined,
): Promise<string | null> {
  const version = champion?.version ?? newest;
  if (version === undefined) return null;
  return (await registry.getManifest(model, version)).manifest.specDigest;
}

/** A run whose line never reached the store may still run under the next number: that number is left out. */
async function unusedNumbers(
  { temporal }: RecoverPorts,
  state: RecoveredState,
  newest: number,
  model: string,
): Promise<Pick<RecoveredState, 'nextRetrain' | 'nextAttempt'>> {
  let nextRetrain = state.nextRetrain;
  while (await temporal.running(retrainId(model, nextRetrain))) nextRetrain += 1;
  let attempt = state.nextAttempt[newest] ?? 1;
  while (await temporal.running(rolloutId(model, newest, attempt))) attempt += 1;
  const nextAttempt = attempt === 1 ? state.nextAttempt : { ...state.nextAttempt, [newest]: attempt };
  return { nextRetrain, nextAttempt };
}
