import { PerennialError } from '../../domain/errors.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { getJsonArtifact } from '../../storage/objects/artifacts.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import type { Registry } from '../../storage/registry/registry.js';
import { checkEvidenceSchema, type CheckEvidence } from '../../domain/check-evidence.js';
import { NO_FACTS, withLine, type ModelFacts } from './model-facts.js';

/** One model as the store tells of it. */
export interface ModelView {
  readonly model: string;
  readonly facts: ModelFacts;
  /** The applied spec; null before the first one. */
  readonly spec: ModelSpec | null;
  /** Evidence of the newest check; null when there is none, or it was pruned. */
  readonly evidence: CheckEvidence | null;
  /** False while the newest lines of its ledger, its spec or its evidence are damaged: then the rest is older. */
  readonly readable: boolean;
}

/** Reads what is new in the store. */
export interface ModelReader {
  /** Every model with a ledger, by name. Throws what the store throws when it is away. */
  read(): Promise<readonly ModelView[]>;
}

const AT_ONCE = 8;

/**
 * Reads each ledger once and then only the line that comes next, so that a look costs one request per model however long the ledgers
 * are. Since ledgers are never rewritten, every worker comes to the same numbers, also after a restart.
 */
export function createModelReader(registry: Registry, store: ObjectStore): ModelReader {
  const known = new Map<string, ModelView>();
  const look = async (model: string): Promise<void> => {
    const before = known.get(model) ?? fresh(model);
    try {
      known.set(model, await later({ registry, store }, before));
    } catch (error) {
      if (!(error instanceof PerennialError) || error.type === 'store-unavailable') throw error;
      known.set(model, { ...before, readable: false });
    }
  };
  return {
    read: async () => {
      const models = await registry.models();
      for (let i = 0; i < models.length; i += AT_ONCE)
        await Promise.all(models.slice(i, i + AT_ONCE).map(look));
      return models.flatMap((model) => known.get(model) ?? []);
    },
  };
}

const fresh = (model: string): ModelView => ({
  model,
  facts: NO_FACTS,
  spec: null,
  evidence: null,
  readable: true,
});

interface Ports {
  readonly registry: Registry;
  readonly store: ObjectStore;
}

async function later(ports: Ports, before: ModelView): Promise<ModelView> {
  const { model } = before;
  const facts = await newestFacts(ports.registry, before);
  const spec = facts.specDigest === before.facts.specDigest ? before.spec : await specOf(ports, model, facts);
  const check = facts.lastCheck === before.facts.lastCheck;
  const evidence = check ? before.evidence : await evidenceOf(ports.store, facts);
  return { model, facts, spec, evidence, readable: true };
}

async function newestFacts(registry: Registry, { model, facts }: ModelView): Promise<ModelFacts> {
  if (facts.seq === 0) return (await registry.ledger(model)).reduce(withLine, facts);
  let newest = facts;
  for (;;) {
    const line = await registry.ledgerLine(model, newest.seq + 1);
    if (line === undefined) return newest;
    newest = withLine(newest, line);
  }
}

async function specOf(
  { registry }: Ports,
  model: string,
  { specDigest }: ModelFacts,
): Promise<ModelSpec | null> {
  return specDigest === null ? null : registry.getSpec(model, specDigest);
}

async function evidenceOf(store: ObjectStore, { lastCheck }: ModelFacts): Promise<CheckEvidence | null> {
  if (lastCheck?.evidence === undefined) return null;
  try {
    return await getJsonArtifact(store, lastCheck.evidence, checkEvidenceSchema);
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'artifact-missing') return null;
    throw error;
  }
}
