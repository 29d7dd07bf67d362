import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { ImportedModel } from '../../domain/imported.js';
import type { RetrainRequest } from '../../domain/messages.js';
import type { RetrainAnswer, RetrainReport } from '../../domain/reports.js';
import type { RolloutEvidence } from './answers.js';

/** Who asks and why; both end in the ledger. */
export interface Asker {
  /** Default: the client's `by`. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** How a spec is applied. */
export interface ApplyOptions extends Asker {
  /** An approver other than the asker, for a spec that loosens gates or rollout of a live model. */
  readonly approvedBy?: string | undefined;
  /** A stored model that is the spec's next version in place of a training. */
  readonly imported?: ImportedModel | undefined;
}

/** A decision on a waiting candidate. */
export interface DecisionOptions extends Asker {
  /** Default: the version that waits for a person. */
  readonly version?: number | undefined;
}

/** A request for a retrain. */
export interface RetrainOptions extends Asker {
  /** Event time to look from. Default: the model's now. */
  readonly asOf?: string | undefined;
  /** False trains, judges, registers and ends. @default true */
  readonly rollout?: boolean | undefined;
  /** The same id twice is one request. Default: a random one. */
  readonly requestId?: string | undefined;
  /** Faults on purpose; refused unless the worker's configuration allows them. */
  readonly staged?: RetrainRequest['staged'];
  /** A stored model that takes the place of a training; `importModel` stores one and asks. */
  readonly imported?: ImportedModel | undefined;
  /** Waits until the retrain has ended; its report is then in the answer. @default false */
  readonly wait?: boolean | undefined;
}

/** What became of a request for a retrain; `report` only when it was waited for. */
export type RetrainResult = RetrainAnswer & { readonly report?: RetrainReport };

/** One model at a glance. */
export interface ModelStatus {
  readonly model: string;
  readonly state: LifecycleState;
  /** What a person is asked, when a rollout is open. */
  readonly rollout: RolloutEvidence | null;
}
