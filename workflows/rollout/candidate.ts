import {
  ActivityFailure,
  ApplicationFailure,
  getExternalWorkflowHandle,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { MESSAGE, type Decide } from '../../domain/messages.js';
import { lifecycleId } from '../../domain/names.js';
import type {
  Advance,
  AdvanceAnswer,
  DecideAnswer,
  RolloutReport,
  RolloutWaiting,
} from '../../domain/reports.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { TraceContext } from '../../domain/trace.js';
import type { GateVerdict } from '../../domain/verdict.js';
import { control } from '../proxies.js';
import { showSearchAttributes } from '../search-attributes.js';
import type { RolloutInput, Supersede } from './rollout-input.js';

type Phase = RolloutWaiting['phase'];

/** One candidate on its way: what its handlers read and its steps write. */
export class Candidate {
  readonly input: RolloutInput;
  readonly run = workflowInfo().workflowId;
  phase: Phase = 'shadow';
  waitingFor: RolloutWaiting['waitingFor'] = 'machine';
  spec: ModelSpec | undefined;
  approvers: readonly string[] = [];
  deadline: string | null = null;
  decision: Decide | undefined;
  /** The trace of the decision: what it leads to belongs there. */
  decidedIn: TraceContext | undefined;
  /** What a decision came to; handlers of `decide` wait for it. */
  answer: DecideAnswer | { readonly outcome: 'refused'; readonly because: string } | undefined;
  stop: Supersede | undefined;
  ended: RolloutReport | undefined;
  readonly verdicts: GateVerdict[] = [];
  refusedMessages = 0;

  constructor(input: RolloutInput) {
    this.input = input;
  }

  /** Tells the lifecycle and the workflow list what this rollout waits for. */
  async enter(phase: Phase, waitingFor: RolloutWaiting['waitingFor']): Promise<void> {
    this.phase = phase;
    this.waitingFor = waitingFor;
    showSearchAttributes({
      model: this.input.model,
      phase,
      version: String(this.input.version.version),
      waitingFor,
    });
    const waiting: RolloutWaiting = { run: this.run, phase, waitingFor, seen: null };
    await this.tell(MESSAGE.rolloutWaiting, waiting);
  }

  /** A lifecycle that is gone cannot be told; the rollout then ends by its own rules. */
  async tell(signal: string, message: RolloutWaiting | RolloutReport): Promise<void> {
    try {
      await getExternalWorkflowHandle(lifecycleId(this.input.model)).signal(signal, message);
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /** Asks the lifecycle to move the aliases. The update id names the step of this run, so a repeat is one step, and one
   * of a run that was reset is a new one. */
  async advance(
    step: Advance['step'],
    who: string,
    why: string,
    extra: Partial<Advance> = {},
  ): Promise<AdvanceAnswer> {
    const { model, version } = this.input;
    const advance: Advance = { run: this.run, version, step, who, why, verdicts: [], ...extra };
    try {
      return await control.askAdvance({
        model,
        updateId: `${this.run}/${workflowInfo().runId}/${step}`,
        advance,
      });
    } catch (error) {
      if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) {
        return { done: false, refused: error.cause.message };
      }
      throw error;
    }
  }

  /** The report of an end. */
  report(outcome: RolloutReport['outcome'], because: string, who = 'policy'): RolloutReport {
    return { run: this.run, version: this.input.version, outcome, because, who, evidence: null };
  }
}
