import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { lifecycleId, WORKFLOW } from '../../domain/names.js';
import { connectClient, temporalTarget } from '../servers/connect.js';
import { explain, explainResult } from './errors.js';
import type { Settings } from './settings.js';

/** One call of an update. */
export interface UpdateCall {
  readonly workflowId: string;
  readonly name: string;
  /** The one JSON object that every handler takes. */
  readonly input: object;
  /** The same id twice is one request (within one run of the workflow). Default: a random one. */
  readonly updateId?: string | undefined;
  /** Starts the model's lifecycle when it does not run yet (update-with-start, USE_EXISTING). */
  readonly startModel?: string | undefined;
  readonly notFound: () => Error | Promise<Error>;
}

/** A connection to Temporal with deadlines on every call and errors that say what to do. */
export class TemporalDoor {
  readonly client: Client;
  readonly #settings: Settings;
  readonly #address: string;

  private constructor(client: Client, settings: Settings, address: string) {
    this.client = client;
    this.#settings = settings;
    this.#address = address;
  }

  /** Connects, or throws `temporal-unreachable`, `temporal-refused` or `unknown-namespace` within five seconds. */
  static async open(settings: Settings, env: NodeJS.ProcessEnv = process.env): Promise<TemporalDoor> {
    const { address, namespace } = settings;
    const options = {
      env,
      ...(address !== undefined && { address }),
      ...(namespace !== undefined && { namespace }),
    };
    const client = await connectClient(options);
    return new TemporalDoor(client, settings, temporalTarget(options).address);
  }

  /** Closes the connection. */
  close(): Promise<void> {
    return this.client.connection.close();
  }

  /** Sends an update and waits for its answer: accepted within `acceptWithinMs`, answered within `answerWithinMs`. */
  async update(call: UpdateCall): Promise<unknown> {
    const { acceptWithinMs, answerWithinMs } = this.#settings;
    const handle = await this.within(acceptWithinMs, call.notFound, () => this.#startUpdate(call));
    return this.within(answerWithinMs, call.notFound, () => handle.result());
  }

  /** Asks a query. */
  query(
    workflowId: string,
    name: string,
    options: { input?: object; notFound: () => Error | Promise<Error> },
  ): Promise<unknown> {
    const args = options.input === undefined ? [] : [options.input];
    const handle = this.client.workflow.getHandle(workflowId);
    return this.within(this.#settings.acceptWithinMs, options.notFound, () =>
      handle.query<unknown, object[]>(name, ...args),
    );
  }

  /** Throws what `notFound` gives for a workflow that has ended: it would answer queries, with how things were then. */
  async mustRun(workflowId: string, notFound: () => Error | Promise<Error>): Promise<void> {
    const { status } = await this.within(this.#settings.acceptWithinMs, notFound, () =>
      this.client.workflow.getHandle(workflowId).describe(),
    );
    if (status.name !== 'RUNNING') throw await notFound();
  }

  /**
   * Waits until a workflow has ended, for as long as that takes. A workflow that does not exist yet (it waits in the queue) is
   * looked for again every second.
   */
  async resultOf(workflowId: string): Promise<unknown> {
    for (;;) {
      try {
        return await this.client.workflow.result(workflowId);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw explainResult(workflowId, error);
        await sleep(1000);
      }
    }
  }

  /** Runs calls to Temporal under one deadline and explains what they throw. */
  async within<T>(ms: number, notFound: () => Error | Promise<Error>, work: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + ms, work);
    } catch (error) {
      const { taskQueue } = this.#settings;
      throw await explain(error, { address: this.#address, taskQueue, withinMs: ms, notFound });
    }
  }

  #startUpdate(call: UpdateCall) {
    const options = {
      args: [call.input] as [object],
      updateId: call.updateId ?? randomUUID(),
      waitForStage: 'ACCEPTED' as const,
    };
    if (call.startModel === undefined) {
      return this.client.workflow
        .getHandle(call.workflowId)
        .startUpdate<unknown, [object]>(call.name, options);
    }
    const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW.lifecycle, {
      workflowId: lifecycleId(call.startModel),
      taskQueue: this.#settings.taskQueue,
      args: [{ model: call.startModel }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return this.client.workflow.startUpdateWithStart(call.name, {
      ...options,
      startWorkflowOperation,
    });
  }
}
