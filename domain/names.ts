/**
 * Every name that crosses a process boundary: workflow ids and types, queues, schedules, search attributes and object keys.
 * Renaming one breaks running workflows and stored objects.
 */

/** Workflow types, as the Temporal Web UI shows them. */
export const WORKFLOW = {
  lifecycle: 'lifecycle',
  retrain: 'retrain',
  rollout: 'rollout',
  monitor: 'monitor',
  scheduledRetrain: 'scheduledRetrain',
  notify: 'notify',
} as const;

/** Search attributes that the namespace must have (all Keyword). */
export const SEARCH_ATTRIBUTES = {
  MlModel: 'Keyword',
  MlPhase: 'Keyword',
  MlTrigger: 'Keyword',
  MlVersion: 'Keyword',
  MlWaitingFor: 'Keyword',
} as const;

/** Default task queue of workflows and light activities. */
export const DEFAULT_TASK_QUEUE = 'perennial';

/** The queue of heavy activities (extract, train, evaluate) that belongs to a workflow queue. */
export const computeQueue = (taskQueue: string): string => `${taskQueue}-compute`;

/** Id of a model's lifecycle workflow. */
export const lifecycleId = (model: string): string => `model/${model}`;

/** Id of the n-th retrain of a model. */
export const retrainId = (model: string, n: number): string => `retrain/${model}/${n}`;

/** Id of the rollout of one version. A version that is rolled out again (operator override) gets `attempt` > 1. */
export const rolloutId = (model: string, version: number, attempt = 1): string =>
  attempt === 1 ? `rollout/${model}/${version}` : `rollout/${model}/${version}.${attempt}`;

/** Id of the monitor run of a model at an as-of; a Schedule appends its nominal time in the same form. */
export const monitorId = (model: string, asOf: string): string => `monitor/${model}-${asOf}`;

/** Id of the workflow that tells people of one event. */
export const notifyId = (event: string): string => `notify/${event}`;

/** Id of the Temporal Schedule that starts a model's monitor. */
export const monitorScheduleId = (model: string): string => `monitor/${model}`;

/** Id of the Temporal Schedule that asks for a model's scheduled retrains. */
export const retrainScheduleId = (model: string): string => `scheduled-retrain/${model}`;

/** The model that a workflow id names; undefined for an id of somebody else's. */
export function modelOfWorkflow(workflowId: string): string | undefined {
  const [, run] = /^(?:model|retrain|rollout)\/([^/]+)/.exec(workflowId) ?? [];
  const [, scheduled] = /^(?:monitor|scheduled-retrain)\/(.+)-\d{4}-\d\d-\d\dT/.exec(workflowId) ?? [];
  const [, asked] = /^notify\/rollout\/([^/]+)\/.*\/approval-waiting$/.exec(workflowId) ?? [];
  const [, told] = /^notify\/([^/]+)\/\d+\//.exec(workflowId) ?? [];
  return run ?? scheduled ?? asked ?? told;
}

/** Keys of the objects that the registry keeps. `blob` is content-addressed: its name is its sha256. */
export const objectKey = {
  blob: (sha256: string): string => `blobs/${sha256.slice(0, 2)}/${sha256}`,
  spec: (model: string, digest: string): string => `models/${model}/specs/${digest}.json`,
  version: (model: string, version: number): string => `models/${model}/versions/${pad(version)}.json`,
  versions: (model: string): string => `models/${model}/versions/`,
  aliases: (model: string): string => `models/${model}/aliases.json`,
  ledgerLine: (model: string, seq: number): string => `models/${model}/ledger/${pad(seq)}.json`,
  ledger: (model: string): string => `models/${model}/ledger/`,
  checkpoint: (model: string, runKey: string): string => `models/${model}/checkpoints/${runKey}.json`,
  /** Written and deleted again to see whether the store answers. */
  probe: (id: string): string => `probes/${id}`,
  predictions: (model: string): string => `predictions/${model}/`,
  outcomes: (model: string): string => `outcomes/${model}/`,
} as const;

function pad(n: number): string {
  return String(n).padStart(8, '0');
}
