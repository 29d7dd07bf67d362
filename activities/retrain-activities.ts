import type { ImportedModel, ImportedOrigin } from '../domain/imported.js';
import type { PluginPin, PluginRef } from '../domain/plugins.js';
import type { ArtifactRef, VersionRef } from '../domain/references.js';
import type { ModelInput, Snapshot } from '../domain/manifest.js';
import type { Evaluation, GateVerdict } from '../domain/verdict.js';

/** What every step of one retrain is given. */
export interface RetrainScope {
  readonly model: string;
  readonly specDigest: string;
  readonly asOf: string;
  /** Names the run in checkpoints: `<model>/<n>`. */
  readonly runKey: string;
}

/** Faults that a demo or test stages on purpose. */
export interface Staged {
  readonly holdAtEpoch?: number | undefined;
  readonly shuffleLabels?: boolean | undefined;
}

/** The frozen source of one run. */
export interface FrozenSource {
  readonly manifest: ArtifactRef;
  readonly files: number;
  readonly rows: number;
  /** The code of the plug-ins that the spec names: later steps must find the same. Absent where it names none. */
  readonly plugins?: readonly PluginPin[];
}

/** What the contract says of the rows that would train. */
export interface ContractFindings {
  /** One line each, at most 50; empty when the contract holds. */
  readonly violations: readonly string[];
  readonly total: number;
  readonly warnings: readonly string[];
  readonly report: ArtifactRef;
}

/** A trained model. */
export interface TrainedModel {
  readonly weights: ArtifactRef;
  readonly kind: string;
  readonly seed: number;
  readonly epochs: number;
  readonly backend: string;
  readonly warmFrom: VersionRef | null;
  /** What its trainer noticed about the rows; absent where there is nothing to tell. */
  readonly notices?: readonly string[];
  /** The team's own program or plug-in that made it; absent where a trainer of ours did. */
  readonly program?: { readonly name: string; readonly version: string; readonly plugin?: PluginRef };
  /** Where somebody else trained it. */
  readonly imported?: ImportedOrigin;
}

/** The exported model and what is stored beside it. */
export interface ExportedModel {
  readonly onnx: ArtifactRef;
  readonly golden: ArtifactRef;
  readonly profile: ArtifactRef;
  /** What moves the model's scores; absent where the trainer cannot tell. */
  readonly explanation?: ArtifactRef;
  readonly inputs: readonly ModelInput[];
  readonly classes: readonly string[] | null;
  readonly parity: {
    readonly maxDifference: number;
    readonly tolerance: number;
    readonly flips: number;
    readonly rows: number;
  };
}

/** Candidate and champion on the same holdout rows. */
export interface Judged {
  readonly evaluation: Evaluation;
  readonly latencyP99Ms: number;
  readonly evidence: ArtifactRef;
  /** Rows to estimate by before labels come; absent where the spec does not ask for it. */
  readonly reference?: ArtifactRef;
  /** What gates of plug-ins said, in the place of each in the spec; absent where it names none. */
  readonly plugins?: readonly (GateVerdict | null)[];
}

/** The heavy steps of a retrain. Each may be killed at any point and run again with the same result. */
export interface RetrainActivities {
  /** As-of for a model without a prediction log: newest source event + max(lateness, label delay). */
  asOfFromSource(input: { model: string; specDigest: string }): Promise<string>;
  freezeSource(
    input: RetrainScope & {
      /** Nothing will be trained: the program that a spec names is not needed. */
      imports?: boolean;
    },
  ): Promise<FrozenSource>;
  checkContract(
    input: RetrainScope & { source: ArtifactRef; firstVersion: boolean },
  ): Promise<ContractFindings>;
  takeSnapshot(input: RetrainScope & { source: ArtifactRef }): Promise<Snapshot>;
  /** One line per leak; empty when features look only back. */
  checkPointInTime(input: RetrainScope & { source: ArtifactRef }): Promise<string[]>;
  train(
    input: RetrainScope & {
      snapshot: Snapshot;
      champion: VersionRef | null;
      staged: Staged;
      /** Taken instead of training. */
      imported?: ImportedModel;
      plugins?: readonly PluginPin[];
    },
  ): Promise<TrainedModel>;
  exportModel(input: RetrainScope & { snapshot: Snapshot; trained: TrainedModel }): Promise<ExportedModel>;
  evaluate(
    input: RetrainScope & {
      snapshot: Snapshot;
      source: ArtifactRef;
      exported: ExportedModel;
      champion: VersionRef | null;
      plugins?: readonly PluginPin[];
    },
  ): Promise<Judged>;
  register(
    input: RetrainScope & {
      snapshot: Snapshot;
      source: ArtifactRef;
      trained: TrainedModel;
      exported: ExportedModel;
      evaluation: Evaluation;
      reference?: ArtifactRef;
      champion: VersionRef | null;
    },
  ): Promise<VersionRef>;
}
