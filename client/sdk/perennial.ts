import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { LedgerLine, ServingShare } from '../../domain/ledger.js';
import type { Manifest } from '../../domain/manifest.js';
import { MESSAGE, type SettledAnswer, type SettledQuery } from '../../domain/messages.js';
import { lifecycleId, monitorId, WORKFLOW } from '../../domain/names.js';
import { instant, type VersionRef } from '../../domain/references.js';
import type { CheckReport, DecideAnswer, RetrainReport } from '../../domain/reports.js';
import { checkReportSchema } from '../../domain/reports.js';
import { parseSpec } from '../../domain/spec/parse-spec.js';
import type { ModelSpec, ModelSpecInput } from '../../domain/spec/spec.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { openStore } from '../../storage/objects/open-store.js';
import { createRegistry, type Registry } from '../../storage/registry/registry.js';
import * as answers from './answers.js';
import { nothingWaiting, unknownModel, unknownRun } from './errors.js';
import { predictRows, type PredictionAnswer } from './predict.js';
import type * as requests from './requests.js';
import type { Asker, DecisionOptions, ModelStatus } from './requests.js';
import { resolveSettings, type PerennialOptions, type Settings } from './settings.js';
import { TemporalDoor } from './temporal.js';
import { whyNothingWaits } from './why-nothing-waits.js';

/**
 * The typed client of Perennial: requests to a model's workflows, and reads from the registry.
 *
 * Requests go to Temporal and are connected on first use, so that reads work with no server. Every failure is a
 * `PerennialError` (what was wrong, what was expected, what to do next) or a `RefusedError` (the line with which the other side
 * refused).
 */
export class Perennial {
  readonly settings: Settings;
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly #env: NodeJS.ProcessEnv | undefined;
  #door: Promise<TemporalDoor> | undefined;

  private constructor(settings: Settings, env?: NodeJS.ProcessEnv) {
    this.settings = settings;
    this.#env = env;
    this.store = openStore(settings.store, {
      cache: join(settings.state, 'cache'),
      ...(env !== undefined && { env }),
    });
    this.registry = createRegistry(this.store);
  }

  /** A client that connects on first use. Throws only on a damaged state folder, or a store that cannot be opened. */
  static open(options: PerennialOptions = {}): Perennial {
    return new Perennial(resolveSettings(options), options.env);
  }

  /** A client whose server has answered. Throws `temporal-unreachable` otherwise. */
  static async connect(options: PerennialOptions = {}): Promise<Perennial> {
    const perennial = Perennial.open(options);
    await perennial.temporal();
    return perennial;
  }

  /** Closes the connection, if one was made. */
  async close(): Promise<void> {
    await (await this.#door?.catch(() => undefined))?.close();
  }

  /** The connection to Temporal. A failed attempt is not remembered: the next call tries again. */
  temporal(): Promise<TemporalDoor> {
    this.#door ??= TemporalDoor.open(this.settings, this.#env).catch((error: unknown) => {
      this.#door = undefined;
      throw error;
    });
    return this.#door;
  }

  /** Names of all models that have a spec in the store, sorted. */
  models(): Promise<string[]> {
    return this.registry.models();
  }

  /**
   * Makes a spec the model's spec; the first one creates the model, its schedules and its first retrain. The spec is checked
   * here (throws `spec-invalid` with every problem) and stored before the model is told, so a lost answer can be repeated.
   * `approvedBy` names an approver other than the asker, for a spec that loosens a live model.
   */
  async apply(
    spec: ModelSpecInput | ModelSpec,
    asker: requests.ApplyOptions = {},
  ): Promise<answers.ApplyAnswer> {
    const parsed = parseSpec(spec);
    const { digest } = await this.registry.putSpec(parsed);
    const door = await this.temporal();
    const answer = await door.update({
      workflowId: lifecycleId(parsed.model),
      name: MESSAGE.apply,
      input: {
        specDigest: digest,
        ...this.#asker(asker),
        ...(asker.approvedBy !== undefined && { approvedBy: asker.approvedBy }),
        ...(asker.imported !== undefined && { imported: asker.imported }),
      },
      startModel: parsed.model,
      notFound: () => unknownModel(parsed.model, []),
    });
    return answers.applyAnswerSchema.parse(answer);
  }

  /** The lifecycle's whole state. */
  async state(model: string): Promise<LifecycleState> {
    return answers.readState(model, await this.#query(lifecycleId(model), MESSAGE.state, model));
  }

  /** State and, when a rollout is open, its evidence. */
  async status(model: string): Promise<ModelStatus> {
    const state = await this.state(model);
    const run = state.openRollout?.run;
    return { model, state, rollout: run === undefined ? null : await this.#openEvidence(model, run) };
  }

  /** What the open rollout has measured and asks; null when none is open. */
  async evidence(model: string): Promise<answers.RolloutEvidence | null> {
    return (await this.status(model)).rollout;
  }

  /** May the stepped clock go on from `query.to`? */
  async settled(model: string, query: SettledQuery): Promise<SettledAnswer> {
    return answers.settledAnswerSchema.parse(
      await this.#query(lifecycleId(model), MESSAGE.settled, model, query),
    );
  }

  /** Asks for a retrain; with `wait` also its report. A refusal is an answer, not an error. */
  async retrain(model: string, options: requests.RetrainOptions = {}): Promise<requests.RetrainResult> {
    const requestId = options.requestId ?? randomUUID();
    const input = {
      ...this.#asker(options),
      requestId,
      ...(options.asOf !== undefined && { asOf: instant(options.asOf) }),
      ...(options.rollout !== undefined && { rollout: options.rollout }),
      ...(options.staged !== undefined && { staged: options.staged }),
      ...(options.imported !== undefined && { imported: options.imported }),
    };
    const answer = answers.retrainAnswerSchema.parse(
      await this.#update(model, MESSAGE.retrain, input, requestId),
    );
    if (options.wait !== true || !('run' in answer)) return answer;
    return { ...answer, report: await this.retrainReport(answer.run) };
  }

  /** Waits until a retrain has ended. A retrain that waits in the queue is waited for, too. */
  async retrainReport(run: string): Promise<RetrainReport> {
    return answers.retrainReportSchema.parse(await this.#result(run));
  }

  /** Runs the monitor now (at `asOf`, default the model's now) and gives its report; the lifecycle decides what follows. */
  async check(model: string, options: { asOf?: string | undefined } = {}): Promise<CheckReport> {
    await this.#mustBeStored(model);
    const asOf = options.asOf === undefined ? await this.#now(model) : instant(options.asOf);
    const door = await this.temporal();
    const workflowId = monitorId(model, asOf);
    await door.within(this.settings.acceptWithinMs, unknownRun(workflowId), () =>
      door.client.workflow.start(WORKFLOW.monitor, {
        workflowId,
        taskQueue: this.settings.taskQueue,
        args: [{ model, asOf }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
    return checkReportSchema.parse(await this.#result(workflowId));
  }

  /** Approves the waiting candidate; answers after the promotion took effect. */
  approve(model: string, options: DecisionOptions = {}): Promise<DecideAnswer> {
    return this.decide(model, 'approve', options);
  }

  /** Rejects the waiting candidate; its digest is ruled out. */
  reject(model: string, options: DecisionOptions = {}): Promise<DecideAnswer> {
    return this.decide(model, 'reject', options);
  }

  /** Decides on the waiting candidate. Throws `nothing-waiting` without one, `RefusedError` when the decision is not allowed. */
  async decide(
    model: string,
    decision: 'approve' | 'reject',
    options: DecisionOptions = {},
  ): Promise<DecideAnswer> {
    const version = options.version ?? (await this.#waitingVersion(model));
    const input = { version, decision, ...this.#asker(options) };
    return answers.decideAnswerSchema.parse(await this.#update(model, MESSAGE.decide, input));
  }

  /** Promotes a version by an operator's word: skips gates, shadow and approval, never bake. `reason` must not be empty. */
  async promote(
    model: string,
    version: number,
    options: Asker & { reason: string },
  ): Promise<answers.PromoteAnswer> {
    const input = { version, override: true, ...this.#asker(options) };
    return answers.promoteAnswerSchema.parse(await this.#update(model, MESSAGE.promote, input));
  }

  /** Goes back to the previous champion, or to version `to`. */
  async rollback(
    model: string,
    options: Asker & { to?: number | undefined } = {},
  ): Promise<answers.RollbackAnswer> {
    const input = { ...this.#asker(options), ...(options.to !== undefined && { to: options.to }) };
    return answers.rollbackAnswerSchema.parse(await this.#update(model, MESSAGE.rollback, input));
  }

  /** Holds retrains of a model until `resume`; checks, and a rollout that is open, go on. */
  async pause(model: string, asker: Asker = {}): Promise<{ paused: boolean }> {
    return answers.pauseAnswerSchema.parse(await this.#update(model, MESSAGE.pause, this.#asker(asker)));
  }

  /** Ends a pause. */
  async resume(model: string, asker: Asker = {}): Promise<{ paused: boolean }> {
    return answers.pauseAnswerSchema.parse(await this.#update(model, MESSAGE.resume, this.#asker(asker)));
  }

  /** All versions of a model, oldest first. Needs no server. */
  async versions(model: string): Promise<VersionRef[]> {
    await this.#mustBeStored(model);
    return this.registry.listVersions(model);
  }

  /** One version's manifest, digest checked. Needs no server. */
  manifest(model: string, version: number): Promise<{ ref: VersionRef; manifest: Manifest }> {
    return this.registry.getManifest(model, version);
  }

  /** Every decision about a model, oldest first, hash chain verified. Needs no server. */
  async ledger(model: string): Promise<LedgerLine[]> {
    await this.#mustBeStored(model);
    return this.registry.ledger(model);
  }

  /** Which versions served at an event time, with their share of traffic; [] before the first. Needs no server. */
  async servingAt(model: string, at: string): Promise<ServingShare[]> {
    await this.#mustBeStored(model);
    return this.registry.servingAt(model, instant(at));
  }

  /** Scores rows with the champion: over HTTP when a serving replica is known, else with the stored file (nothing is logged). */
  async predict(model: string, rows: readonly Record<string, unknown>[]): Promise<PredictionAnswer> {
    await this.#mustBeStored(model);
    return predictRows(this, model, rows);
  }

  async #waitingVersion(model: string): Promise<number> {
    const state = await this.state(model);
    if (state.openRollout?.waitingFor === 'person') return state.openRollout.version.version;
    throw nothingWaiting(model, whyNothingWaits(state, await this.registry.ledger(model)));
  }

  async #now(model: string): Promise<string> {
    const { watermark, newestSlot, anchor } = await this.state(model);
    const known = [watermark, newestSlot, anchor].filter((at) => at !== null).sort();
    return known.at(-1) ?? instant(Date.now());
  }

  async #openEvidence(model: string, run: string): Promise<answers.RolloutEvidence | null> {
    const answer = await this.#query(run, MESSAGE.evidence, model);
    return answers.rolloutEvidenceSchema.parse(answer);
  }

  async #mustBeStored(model: string): Promise<void> {
    const known = await this.registry.models();
    if (!known.includes(model)) throw unknownModel(model, known);
  }

  async #update(model: string, name: string, input: object, updateId?: string): Promise<unknown> {
    const door = await this.temporal();
    const notFound = () => this.#unknown(model);
    return door.update({ workflowId: lifecycleId(model), name, input, updateId, notFound });
  }

  async #query(workflowId: string, name: string, model: string, input?: object): Promise<unknown> {
    const door = await this.temporal();
    const notFound = () => this.#unknown(model);
    if (workflowId === lifecycleId(model)) await door.mustRun(workflowId, notFound);
    return door.query(workflowId, name, { notFound, ...(input !== undefined && { input }) });
  }

  /** The store is asked for the names that there are only here: a decision needs Temporal alone. */
  async #unknown(model: string): Promise<Error> {
    return unknownModel(model, await this.registry.models().catch(() => []));
  }

  async #result(workflowId: string): Promise<unknown> {
    return (await this.temporal()).resultOf(workflowId);
  }

  #asker(asker: Asker): { by: string; reason: string } {
    return { by: asker.by ?? this.settings.by, reason: asker.reason ?? '' };
  }
}
