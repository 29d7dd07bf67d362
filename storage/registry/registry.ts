import type { Aliases } from '../../domain/aliases.js';
import type { LedgerLine, ServingShare } from '../../domain/ledger.js';
import type { Manifest } from '../../domain/manifest.js';
import type { Instant, VersionRef } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { ObjectStore } from '../objects/object-store.js';
import { readAliases, writeAliases } from './aliases.js';
import { appendLines, readLedger, readLine, servingIn } from './ledger.js';
import { readSpec, writeSpec } from './specs.js';
import { listVersionRefs, readVersion, registerVersion, type RegisteredVersion } from './versions.js';

/**
 * What is known about models: specs, versions, aliases and the ledger. Keeps nothing in memory; any number of processes may use
 * the same store. Everything but the aliases is written once and never changed. A damaged object throws `registry-corrupt`; a
 * store that fails throws what the store throws.
 */
export interface Registry {
  /** Stores a parsed spec under its digest; again is fine. */
  putSpec(spec: ModelSpec): Promise<{ digest: string }>;
  /** A stored spec, digest checked. Throws `unknown-spec`. */
  getSpec(model: string, digest: string): Promise<ModelSpec>;
  /** Gives a manifest a number; an equal manifest keeps the one it has. */
  register(manifest: Manifest): Promise<VersionRef>;
  /** One version, digest checked. Throws `unknown-version`. */
  getManifest(model: string, version: number): Promise<RegisteredVersion>;
  /** Versions by number; empty for an unknown model. */
  listVersions(model: string): Promise<VersionRef[]>;
  /** Names of all models that have anything stored, sorted. */
  models(): Promise<string[]>;
  /** Generation 0 without versions when nothing was set. */
  getAliases(model: string): Promise<Aliases>;
  /** Compare-and-swap by generation. Throws `stale-generation` when another change came first. */
  setAliases(next: Aliases): Promise<'set' | 'already'>;
  /** Adds sealed lines; equal lines that are there are fine. Throws `ledger-conflict`. */
  appendLedger(lines: readonly LedgerLine[]): Promise<void>;
  /** One line of the ledger; undefined when no line has that number. */
  ledgerLine(model: string, seq: number): Promise<LedgerLine | undefined>;
  /** All lines in order, hash chain checked. */
  ledger(model: string): Promise<LedgerLine[]>;
  /** What served at an instant; empty before the first version. */
  servingAt(model: string, at: Instant): Promise<ServingShare[]>;
}

/** The registry that lies in a store. */
export function createRegistry(store: ObjectStore): Registry {
  return {
    putSpec: (spec) => writeSpec(store, spec),
    getSpec: (model, digest) => readSpec(store, model, digest),
    register: (manifest) => registerVersion(store, manifest),
    getManifest: (model, version) => readVersion(store, model, version),
    listVersions: (model) => listVersionRefs(store, model),
    models: () => store.folders('models/'),
    getAliases: (model) => readAliases(store, model),
    setAliases: (next) => writeAliases(store, next),
    appendLedger: (lines) => appendLines(store, lines),
    ledgerLine: (model, seq) => readLine(store, model, seq),
    ledger: (model) => readLedger(store, model),
    servingAt: async (model, at) => servingIn(await readLedger(store, model), at),
  };
}
