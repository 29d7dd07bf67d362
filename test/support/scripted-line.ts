import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createControlActivities } from '../../activities/control.js';
import type { PinAnswer, ServingDoor } from '../../activities/serving-door.js';
import { createTemporalDoor } from '../../activities/temporal-door.js';
import type { BakeEnded, ShadowEnded } from '../../activities/watch-activities.js';
import type { Apply } from '../../domain/messages.js';
import type { Aliases } from '../../domain/aliases.js';
import { PerennialError } from '../../domain/errors.js';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { ServingStatus } from '../../domain/predictions.js';
import type { VersionRef } from '../../domain/references.js';
import { computeQueue, lifecycleId } from '../../domain/names.js';
import { specSchema, type ModelSpecInput } from '../../domain/spec/spec.js';
import type { Webhook } from '../../domain/webhooks.js';
import { createLocalStore } from '../../storage/objects/local-store.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import { createRegistry, type Registry } from '../../storage/registry/registry.js';
import { NamedFailures } from '../../worker/named-failures.js';
import { dataConverterOf, type WorkerDataConverter } from '../../worker/data-converter.js';
import { composeNotifications } from '../../worker/notifications.js';
import { sharedCode } from './workflow-bundles.js';
import { Gate, newScript, type Script, scriptedRetrain, scriptedWatch } from './scripted-steps.js';

/** Nothing is encrypted. */
const plain = dataConverterOf({});

/** A spec that needs no data: the steps of its retrains are scripted. */
export function scriptedSpec(model: string, changes: Partial<ModelSpecInput> = {}): ModelSpecInput {
  return {
    model,
    task: { kind: 'regression', label: 'y', metric: 'mae', naive: { kind: 'mean' } },
    source: { rows: 'rows.csv', eventTime: 'at' },
    features: { x: { type: 'number' } },
    window: { kind: 'fixed', length: '30 days', validation: '2 days', holdout: '2 days' },
    trainer: { kind: 'linear' },
    gates: [{ kind: 'not-worse-than-champion' }],
    rollout: { approval: { from: ['ml-leads'] } },
    ...changes,
  };
}

/** A model whose data steps are scripted and whose workflows, control activities, store and Temporal server are real. */
export interface ScriptedModel {
  readonly model: string;
  readonly client: Client;
  readonly registry: Registry;
  readonly script: Script;
  readonly shadow: Gate<ShadowEnded>;
  readonly bake: Gate<BakeEnded>;
  /** Serving's clock. */
  clock: string;
  /** While true the object store answers nothing. */
  storeDown: boolean;
  /** Versions that the scripted replica cannot serve, and the type of its refusal. */
  readonly unservable: Map<number, string>;
  /** Champions that the scripted replica remembers, newest first. */
  remembered: VersionRef[];
  /** The folder of the object store. */
  readonly storeFolder: string;
  /** What a replica says that it serves; undefined: no replica answers. */
  serves: { generation: number; champion: number } | undefined;
  readonly approvers: string[];
  readonly taskQueue: string;
  update<T>(name: string, argument: unknown, workflowId?: string): Promise<T>;
  state(): Promise<LifecycleState>;
  /** Waits until the lifecycle's state is as asked. */
  until(what: string, holds: (state: LifecycleState) => boolean): Promise<LifecycleState>;
  apply(changes?: Partial<ModelSpecInput>, more?: Pick<Apply, 'imported'>): Promise<unknown>;
  restartWorker(): Promise<void>;
}

/** Where a scripted model runs. */
export interface LineSetting {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Prefix of the model's name, or the whole name with `exactName`. */
  readonly name?: string;
  readonly exactName?: boolean;
  /** How workers name themselves in histories. */
  readonly identity?: string;
  /** Continue as new after this many events. */
  readonly historyLimit?: number;
  /** How often the lifecycle looks at open runs. @format milliseconds */
  readonly lookEveryMs?: number;
  /** How payloads are converted; `client` must have the same. Default: as with no payload keys. */
  readonly dataConverter?: WorkerDataConverter;
  /** Real replicas, given the folder of the object store; absent: one that obeys everything but {@link ScriptedModel.unservable}. */
  readonly serving?: (storeFolder: string) => Promise<ServingDoor>;
  /** Whom it tells. Default: nobody. */
  readonly webhooks?: readonly Webhook[];
  /** Address of the Web UI, for links. */
  readonly webUi?: string;
  /** Takes what must be undone in the end. */
  readonly atEnd: (undo: () => Promise<void>) => void;
}

type Compute = ReturnType<typeof scriptedRetrain> & ReturnType<typeof scriptedWatch>;

/** Starts a scripted model with its own queue, store and workers. */
export async function startScriptedLine(setting: LineSetting): Promise<ScriptedModel> {
  const { client, name = 'm', historyLimit = 2000, lookEveryMs } = setting;
  const model = setting.exactName === true ? name : `${name}-${randomUUID().slice(0, 8)}`;
  const folder = mkdtempSync(join(tmpdir(), 'perennial-scripted-'));
  const scripted: Scripted = {
    script: newScript(),
    clock: '2011-04-01T00:00:00.000Z',
    storeDown: false,
    serves: undefined,
    unservable: new Map(),
    remembered: [],
    storeFolder: folder,
    shadow: new Gate<ShadowEnded>(),
    bake: new Gate<BakeEnded>(),
  };
  const store = switchedStore(createLocalStore({ root: folder }), () => scripted.storeDown);
  const registry = createRegistry(store);
  const serving = (await setting.serving?.(folder)) ?? scriptedServing(model, scripted);
  const taskQueue = `queue-${model}`;
  const approvers = ['ada', 'grace'];
  const temporal = createTemporalDoor(client, taskQueue);
  const { webhooks = [], webUi } = setting;
  const notifications = composeNotifications({ webhooks, webUi }, client, { registry, store, temporal });
  const control = {
    ...createControlActivities({
      ...{ registry, serving, temporal, approvers: { 'ml-leads': approvers }, stepped: true },
      notifier: notifications.notifier,
    }),
    ...notifications.activities,
  };
  const watch = scriptedWatch(scripted.script, scripted, store);
  const compute = { ...scriptedRetrain(scripted.script, registry), ...watch };
  const start = () => startWorkers(setting, { taskQueue, control: { ...control, ...watch }, compute });
  let stop = await start();
  await client.workflow.start('lifecycle', {
    taskQueue,
    workflowId: lifecycleId(model),
    args: [{ model, historyLimit, ...(lookEveryMs === undefined ? {} : { lookEveryMs }) }],
  });
  setting.atEnd(async () => {
    await terminateAll(client, model);
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const state = (): Promise<LifecycleState> =>
    client.workflow.getHandle(lifecycleId(model)).query<LifecycleState>('state');
  const update = async <T>(door: string, argument: unknown, workflowId = lifecycleId(model)): Promise<T> =>
    client.workflow.getHandle(workflowId).executeUpdate<T, [unknown]>(door, { args: [argument] });
  return Object.assign(scripted, {
    ...{ model, client, registry, approvers, taskQueue, update, state },
    until: (what: string, holds: (state: LifecycleState) => boolean) => waitUntil(what, state, holds),
    apply: async (changes: Partial<ModelSpecInput> = {}, more: Pick<Apply, 'imported'> = {}) => {
      const { digest } = await registry.putSpec(specSchema.parse(scriptedSpec(model, changes)));
      return update('apply', { specDigest: digest, by: 'ada', ...more });
    },
    restartWorker: async () => {
      await stop();
      stop = await start();
    },
  });
}

async function startWorkers(
  { connection, namespace, identity, dataConverter = plain }: LineSetting,
  { taskQueue, control, compute }: { taskQueue: string; control: object; compute: Compute },
): Promise<() => Promise<void>> {
  const shared = {
    connection,
    namespace,
    dataConverter,
    interceptors: { activity: [() => ({ inbound: new NamedFailures() })] },
    // As a worker has it.
    maxHeartbeatThrottleInterval: '500 milliseconds' as const,
    ...(identity === undefined ? {} : { identity }),
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue,
      ...sharedCode(dataConverter),
      activities: control,
    }),
    Worker.create({ ...shared, taskQueue: computeQueue(taskQueue), activities: compute }),
  ]);
  const running = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
}

type Scripted = Pick<
  ScriptedModel,
  | 'script'
  | 'shadow'
  | 'bake'
  | 'clock'
  | 'storeDown'
  | 'storeFolder'
  | 'serves'
  | 'unservable'
  | 'remembered'
>;

function scriptedServing(model: string, scripted: Scripted): ServingDoor {
  const url = 'http://replica';
  const obey = ({ champion, challenger }: Aliases): PinAnswer => {
    const named = [champion, challenger].flatMap((ref) => (ref === null ? [] : [ref.version]));
    const bad = named.find((version) => scripted.unservable.has(version));
    if (bad === undefined) return { url, clock: scripted.clock };
    return {
      url,
      clock: null,
      refusal: scripted.unservable.get(bad) ?? '',
      problem: `version ${bad} is bad`,
    };
  };
  return {
    status: () => Promise.resolve(statusOf(model, scripted)),
    pin: (aliases) => Promise.resolve([obey(aliases)]),
    champions: () => Promise.resolve([scripted.remembered]),
  };
}

function statusOf(model: string, { serves, clock }: Scripted): ServingStatus[] {
  if (serves === undefined) return [];
  const quiet = { shadow: null, reverseShadow: null, stepped: true, newestEvent: null, lost: 0 };
  return [{ replica: 'replica', model, clock, ...serves, ...quiet }];
}

async function terminateAll(client: Client, model: string): Promise<void> {
  const query = `MlModel = '${model}' AND ExecutionStatus = 'Running'`;
  const ids = [lifecycleId(model)];
  for await (const open of client.workflow.list({ query })) ids.push(open.workflowId);
  for (const id of ids) {
    await client.workflow
      .getHandle(id)
      .terminate('the scripted model ended')
      .catch(() => undefined);
  }
}

/** A store that can be cut off, as by a network that fails. */
function switchedStore(store: ObjectStore, down: () => boolean): ObjectStore {
  const through =
    <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      down() ? Promise.reject(unavailable()) : method(...args);
  return {
    name: store.name,
    get: through((key) => store.get(key)),
    put: through((key, bytes, condition) => store.put(key, bytes, condition)),
    list: (prefix) => store.list(prefix),
    folders: through((prefix) => store.folders(prefix)),
    delete: through((key) => store.delete(key)),
    stage: through((key, options) => store.stage(key, options)),
  };
}

const unavailable = (): PerennialError =>
  new PerennialError({
    type: 'store-unavailable',
    thing: 'object store',
    allowed: 'a store that answers',
    next: 'Nothing to do: it is tried again.',
    retryable: true,
  });

/** Polls until `holds`; fails with the last value when it never does. */
export async function waitUntil<T>(
  what: string,
  read: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: never came true; last: ${JSON.stringify(value)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
