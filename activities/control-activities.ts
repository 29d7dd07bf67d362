import type { Aliases } from '../domain/aliases.js';
import type { PendingLine } from '../domain/lifecycle-state.js';
import type { Decide, RetrainRequest } from '../domain/messages.js';
import type { VersionRef } from '../domain/references.js';
import type { PinRefusal } from '../domain/serving-refusals.js';
import type { Advance, AdvanceAnswer, CheckReport, DecideAnswer, RetrainAnswer } from '../domain/reports.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { RecoveredModel } from './recover-model.js';

/** The replicas' clocks, reduced to one answer. */
export interface Clocks {
  /** Up to where the prediction log is complete: least replica clock − lateness; null without replicas or predictions. */
  readonly watermark: string | null;
  readonly clock: string | null;
  readonly stepped: boolean;
}

/** What came of publishing aliases. */
export interface Published {
  /** False when the store could not be reached (only with `mustStore: false`). */
  readonly stored: boolean;
  /** Latest clock at which a replica acknowledged the pin; null when none did. */
  readonly effectiveFrom: string | null;
  /** Replicas that did not obey, and why. */
  readonly unreachable: readonly string[];
  /** Replicas that did not obey because they cannot serve a version that the aliases name; absent: none. */
  readonly refused?: readonly PinRefusal[];
}

/** What the lifecycle needs to know of a version. */
export interface VersionFacts {
  readonly ref: VersionRef;
  readonly onnxSha256: string;
  readonly asOf: string;
}

/** Short effects that the lifecycle, rollout, monitor and scheduled ask need. Each may run twice with the same result. */
export interface ControlActivities {
  /** The stored spec. Non-retryable `spec-missing` when the store does not hold it. */
  loadSpec(input: { model: string; digest: string }): Promise<ModelSpec>;
  /** Why this worker refuses a spec that names plug-ins, in one line; null when it does not. */
  checkPlugins(input: { model: string; digest: string }): Promise<{ problem: string | null }>;
  /** Asks every serving replica for its clock. */
  readClocks(input: { model: string; lateness: string }): Promise<Clocks>;
  /**
   * Seals pending lines into the hash chain and creates their objects; a repeat finds them there. Begins to tell people of them. Returns
   * the new head.
   */
  appendLedger(input: {
    model: string;
    head: { seq: number; hash: string };
    lines: PendingLine[];
  }): Promise<{ seq: number; hash: string }>;
  /**
   * Pins the aliases on every replica and puts them into the store by compare-and-swap: before the pins with `mustStore`; else after
   * them and if possible, unless every replica that answered refused a version. A repeat finds both done.
   */
  publishAliases(input: { aliases: Aliases; mustStore: boolean }): Promise<Published>;
  /**
   * Former champions to fall back to, newest first: from the ledger, or from the replicas' memory while the store is away. Without
   * versions that were rolled back or are ruled out, and without those in `except`.
   */
  fallbackTargets(input: { model: string; except: number[]; ruledOut: string[] }): Promise<VersionRef[]>;
  /** Creates, updates or deletes the model's two schedules so that they fit the spec. */
  ensureSchedules(input: { model: string; specDigest: string; anchor: string }): Promise<void>;
  /** What is left of a model whose lifecycle was terminated; null when the store knows nothing of it. */
  recoverModel(input: { model: string }): Promise<RecoveredModel | null>;
  /** Which of these workflow ids are still running. */
  describeRuns(input: { ids: string[] }): Promise<{ id: string; running: boolean }[]>;
  /** Aliases and spec digest as the lifecycle knows them. Non-retryable `unknown-model` when nobody applied a spec. */
  readServing(input: { model: string }): Promise<{ aliases: Aliases; specDigest: string }>;
  /** Facts of a registered version. Non-retryable `unknown-version` when there is none. */
  versionFacts(input: { model: string; version: number }): Promise<VersionFacts>;
  /** Names of the people behind the groups of `rollout.approval.from`. Non-retryable `unknown-approvers` for a group without people. */
  resolveApprovers(input: { groups: string[] }): Promise<string[]>;
  /** Sends `advance` to the lifecycle; the same update id gives the same answer. */
  askAdvance(input: { model: string; updateId: string; advance: Advance }): Promise<AdvanceAnswer>;
  /** Sends `checked` to the lifecycle. */
  reportCheck(input: { model: string; updateId: string; report: CheckReport }): Promise<void>;
  /** Sends `retrain` to the lifecycle. */
  askRetrain(input: { model: string; updateId: string; request: RetrainRequest }): Promise<RetrainAnswer>;
  /** Forwards a decision to the open rollout under the same update id. */
  forwardDecision(input: { rollout: string; updateId: string; decide: Decide }): Promise<DecideAnswer>;
}
