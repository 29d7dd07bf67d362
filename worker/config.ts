import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';
import { DEFAULT_TASK_QUEUE } from '../domain/names.js';
import type { Webhook } from '../domain/webhooks.js';
import type { Programs } from '../engines/training/command/index.js';
import { commandsEnvironment } from './commands.js';
import { deploymentEnvironment, type Deployment } from './deployment.js';
import { limitsEnvironment, limitsOf, type WorkerLimits } from './limits.js';
import { pluginsEnvironment } from './plugins.js';
import { metricsEnvironment, metricsOf, type MetricsConfig } from './metrics/environment.js';
import { resolveWebhooks, webhooksEnvironment } from './webhooks.js';

/** What a worker process is told by its environment. */
export interface WorkerConfig extends WorkerLimits {
  /** The object store: a folder, or `s3://bucket/prefix`. */
  readonly store: string;
  /** Folders and `s3://bucket/prefix` addresses under which the sources of specs lie. */
  readonly dataRoots: readonly string[];
  /** Scratch folder: staged sources, caches. */
  readonly state: string;
  readonly servingUrls: readonly string[];
  readonly servingToken: string | undefined;
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  /** Programs that specs may name as their trainer. */
  readonly commands: Programs;
  /** Modules of plug-ins that specs may name. */
  readonly plugins: readonly string[];
  /** Folder of workflows that are bundled already. */
  readonly workflowBundles: string | undefined;
  readonly taskQueue: string;
  /** `stepped`: a driver moves event time; schedules are created paused. */
  readonly clock: 'wall' | 'stepped';
  /** Allows requests with `staged` faults (demo and tests). */
  readonly staged: boolean;
  /** Compute activities at once. */
  readonly computeSlots: number;
  /** Undefined: without worker versioning. */
  readonly deployment: Deployment | undefined;
  /** Whom to tell what; with their addresses and secrets. */
  readonly webhooks: readonly Webhook[];
  /** Address of the Temporal Web UI; undefined: no links to it. */
  readonly webUi: string | undefined;
  /** Undefined: no metrics. */
  readonly metrics: MetricsConfig | undefined;
}

const list = (separator: string | RegExp) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(separator).filter((part) => part !== ''));

const approversSchema = z.record(z.string(), z.array(z.string().min(1)));

/** The environment of a worker process. */
export const workerEnvironmentSchema = z.object({
  PERENNIAL_STORE: z
    .string()
    .min(1)
    .describe('The object store, the same for every process: a folder, or `s3://bucket/prefix`.'),
  PERENNIAL_DATA_ROOTS: list(/:(?!\/\/)/) // the colon of `s3://` separates nothing
    .refine((roots) => roots.length > 0, { message: 'at least one folder or s3://bucket/prefix' })
    .describe(
      'Folders and `s3://bucket/prefix` addresses below which specs may name data files, separated by `:`. At least one.',
    ),
  PERENNIAL_STATE: z
    .string()
    .min(1)
    .describe(
      'Scratch folder of this process: staged sources. May be lost. `perennial worker` makes one where it is absent.',
    ),
  PERENNIAL_SERVING_URLS: list(',')
    .refine((urls) => urls.every((url) => URL.canParse(url)), {
      message: 'addresses such as http://127.0.0.1:8080, separated by commas',
    })
    .describe(
      'Addresses of every serving replica, separated by commas. Empty: nothing is pinned and no watermark is known.',
    ),
  PERENNIAL_SERVING_TOKEN: z
    .string()
    .min(1)
    .optional()
    .describe('Bearer token of the serving replicas. Never logged.'),
  PERENNIAL_APPROVERS: z
    .string()
    .default('{}')
    .transform(parseApprovers)
    .describe('Who may approve, by group, as JSON: `{"ml-leads":["ada","grace"]}`.'),
  ...commandsEnvironment,
  ...webhooksEnvironment,
  ...pluginsEnvironment,
  PERENNIAL_WORKFLOW_BUNDLES: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder with the workflows as `plain.bundle.js` and `encrypted.bundle.js`, made of the very code that runs. Default: those that the installed package brings; from the sources they are bundled at every start.',
    ),
  PERENNIAL_TASK_QUEUE: z
    .string()
    .min(1)
    .default(DEFAULT_TASK_QUEUE)
    .describe('Task queue of the workflows; heavy work is on the queue of this name with `-compute` added.'),
  PERENNIAL_CLOCK: z
    .enum(['wall', 'stepped'])
    .default('wall')
    .describe('`stepped`: a driver moves event time (demo, tests), and schedules are created paused.'),
  PERENNIAL_STAGED: z
    .enum(['0', '1'])
    .default('0')
    .describe('`1` allows requests with staged faults (demo, tests).'),
  PERENNIAL_COMPUTE_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Heavy steps that this process runs at once.'),
  ...limitsEnvironment,
  ...deploymentEnvironment,
  ...metricsEnvironment,
});

function parseApprovers(text: string, context: z.RefinementCtx): Record<string, string[]> {
  const parsed = approversSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'JSON such as {"ml-leads":["ada","grace"]}' });
  return z.NEVER;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the worker's configuration. Throws a PerennialError that names every variable that is missing or wrong; never a secret. */
export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const parsed = workerEnvironmentSchema.safeParse(env);
  if (!parsed.success) throw invalid(parsed.error);
  const data = parsed.data;
  return {
    store: data.PERENNIAL_STORE,
    dataRoots: data.PERENNIAL_DATA_ROOTS,
    state: data.PERENNIAL_STATE,
    servingUrls: data.PERENNIAL_SERVING_URLS,
    servingToken: data.PERENNIAL_SERVING_TOKEN,
    approvers: data.PERENNIAL_APPROVERS,
    commands: data.PERENNIAL_COMMANDS,
    webhooks: resolveWebhooks(data.PERENNIAL_WEBHOOKS, env),
    webUi: data.PERENNIAL_WEB_UI_URL,
    plugins: data.PERENNIAL_PLUGINS,
    workflowBundles: data.PERENNIAL_WORKFLOW_BUNDLES,
    taskQueue: data.PERENNIAL_TASK_QUEUE,
    clock: data.PERENNIAL_CLOCK,
    staged: data.PERENNIAL_STAGED === '1',
    computeSlots: data.PERENNIAL_COMPUTE_SLOTS,
    deployment: deploymentOf(data),
    metrics: metricsOf(data),
    ...limitsOf(data),
  };
}

function deploymentOf(data: z.output<typeof workerEnvironmentSchema>): Deployment | undefined {
  const { PERENNIAL_BUILD_ID: build, PERENNIAL_DEPLOYMENT: name, PERENNIAL_TASK_QUEUE: queue } = data;
  if (build !== undefined) return { name: name ?? queue, build };
  if (name === undefined) return undefined;
  throw new PerennialError({
    type: 'environment-invalid',
    thing: 'environment variable PERENNIAL_BUILD_ID',
    value: 'absent',
    allowed: `the name of this build in deployment ${name}`,
    next: 'Set it, or unset PERENNIAL_DEPLOYMENT for a worker without versions.',
  });
}

function invalid(error: z.ZodError): PerennialError {
  const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return new PerennialError({
    type: 'environment-invalid',
    thing: `environment (${problems.join('; ')})`,
    allowed: 'the variables of docs/operations.md',
    next: 'Set them and start the worker again; `perennial up` sets them by itself.',
  });
}
