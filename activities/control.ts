import { z } from 'zod';
import { aliasesSchema } from '../domain/aliases.js';
import { millis } from '../domain/duration.js';
import { PerennialError } from '../domain/errors.js';
import { MESSAGE } from '../domain/messages.js';
import { lifecycleId, monitorScheduleId, retrainScheduleId, WORKFLOW } from '../domain/names.js';
import { epoch, instant } from '../domain/references.js';
import { cannotServeNow, type PinRefusal } from '../domain/serving-refusals.js';
import type { AdvanceAnswer, DecideAnswer, RetrainAnswer } from '../domain/reports.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Plugins } from '../engines/plugins/index.js';
import { appendPending } from './append-pending.js';
import type { Registry } from '../storage/registry/registry.js';
import { withHeartbeat } from './heartbeat.js';
import type { ControlActivities, Published } from './control-activities.js';
import { fallbackTargets } from './fallback-targets.js';
import type { Notifier } from './notifications/notifier.js';
import { pluginProblem } from './require-plugins.js';
import { recoverModel } from './recover-model.js';
import type { PinAnswer, ServingDoor } from './serving-door.js';
import type { TemporalDoor } from './temporal-door.js';
import { untilObeyed } from './until-obeyed.js';

/** What the control activities work with. */
export interface ControlPorts {
  readonly registry: Registry;
  readonly serving: ServingDoor;
  readonly temporal: TemporalDoor;
  /** Groups of people who may approve, by name; from the worker's configuration. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  /** True under the stepped clock: schedules are created paused. */
  readonly stepped: boolean;
  /** Told of lines that are in the store. */
  readonly notifier: Notifier;
  /** Plug-ins that specs may name. @default none */
  readonly plugins?: Plugins;
}

/** Builds the control activities over their ports. Failure semantics stand at {@link ControlActivities}. */
export function createControlActivities(ports: ControlPorts): ControlActivities {
  const { registry, temporal } = ports;
  return {
    loadSpec: beating(({ model, digest }) => registry.getSpec(model, digest)),
    checkPlugins: ({ model, digest }) =>
      withHeartbeat(async ({ signal }) =>
        pluginProblem(ports, await registry.getSpec(model, digest), signal),
      ),
    readClocks: beating(({ model, lateness }) => readClocks(ports.serving, model, lateness)),
    appendLedger: beating(async (input) => {
      const head = await appendPending(registry, input);
      await ports.notifier.linesStored(input.model, input.lines);
      return head;
    }),
    publishAliases: beating((input) => publishAliases(ports, input)),
    fallbackTargets: beating((input) => fallbackTargets(ports, input)),
    ensureSchedules: beating((input) => ensureSchedules(ports, input)),
    recoverModel: beating(({ model }) => recoverModel(ports, model)),
    describeRuns: beating(({ ids }) =>
      Promise.all(ids.map(async (id) => ({ id, running: await temporal.running(id) }))),
    ),
    readServing: beating(({ model }) => readServing(temporal, model)),
    versionFacts: beating(async ({ model, version }) => {
      const { ref, manifest } = await registry.getManifest(model, version);
      return { ref, onnxSha256: manifest.onnx.sha256, asOf: manifest.snapshot.asOf };
    }),
    resolveApprovers: ({ groups }) => Promise.resolve(resolveApprovers(ports.approvers, groups)),
    askAdvance: beating(async ({ model, updateId, advance }) =>
      advanceAnswerSchema.parse(
        await temporal.update(lifecycleId(model), MESSAGE.advance, updateId, advance),
      ),
    ),
    reportCheck: beating(async ({ model, updateId, report }) => {
      await temporal.update(lifecycleId(model), MESSAGE.checked, updateId, report);
    }),
    askRetrain: beating(async ({ model, updateId, request }) =>
      retrainAnswerSchema.parse(
        await temporal.update(lifecycleId(model), MESSAGE.retrain, updateId, request),
      ),
    ),
    forwardDecision: beating(async ({ rollout, updateId, decide }) =>
      decideAnswerSchema.parse(await temporal.update(rollout, MESSAGE.decide, updateId, decide)),
    ),
  };
}

/** A short effect whose worker is known to live while it works: one that was killed is noticed by the missing beat. */
const beating =
  <Input, Output>(work: (input: Input) => Promise<Output>) =>
  (input: Input): Promise<Output> =>
    withHeartbeat(() => work(input));

const advanceAnswerSchema: z.ZodType<AdvanceAnswer> = z.union([
  z.object({ done: z.literal(true), generation: z.number(), effectiveFrom: z.string().nullable() }),
  z.object({ done: z.literal(false), refused: z.string() }),
]);
const retrainAnswerSchema: z.ZodType<RetrainAnswer> = z.union([
  z.object({
    outcome: z.enum(['started', 'queued', 'merged']),
    n: z.number(),
    run: z.string(),
    asOf: z.string(),
  }),
  z.object({ outcome: z.enum(['refused', 'historical']), because: z.string() }),
]);
const decideAnswerSchema: z.ZodType<DecideAnswer> = z.union([
  z.object({ outcome: z.literal('promoted'), version: z.number(), effectiveFrom: z.string().nullable() }),
  z.object({ outcome: z.literal('rejected'), version: z.number() }),
  z.object({ outcome: z.literal('repeated'), version: z.number(), decision: z.enum(['approve', 'reject']) }),
]);

async function readClocks(serving: ServingDoor, model: string, lateness: string) {
  const replicas = await serving.status(model);
  const clocks = replicas.map((replica) => epoch(replica.clock));
  if (clocks.length === 0) return { watermark: null, clock: null, stepped: false };
  const least = Math.min(...clocks);
  const logged = replicas.some((replica) => replica.newestEvent !== null);
  return {
    watermark: logged ? instant(least - millis(lateness)) : null,
    clock: instant(least),
    stepped: replicas.some((replica) => replica.stepped),
  };
}

async function publishAliases(
  { registry, serving }: ControlPorts,
  { aliases, mustStore }: Parameters<ControlActivities['publishAliases']>[0],
): Promise<Published> {
  // Giving a version traffic must be in the store first; taking it away must work without the store.
  if (mustStore) await registry.setAliases(aliases);
  let stored = mustStore;
  const pins = await untilObeyed(serving, aliases, async (first) => {
    const nobodyCan = first.every(({ clock }) => clock === null) && first.some(isRefusal);
    stored ||= !nobodyCan && (await storedIfPossible(registry, aliases));
  });
  const clocks = pins.flatMap((pin) => (pin.clock === null ? [] : [epoch(pin.clock)]));
  const refused = pins.flatMap(versionRefusal);
  return {
    stored,
    ...(refused.length === 0 ? {} : { refused }),
    effectiveFrom: clocks.length === 0 ? null : instant(Math.max(...clocks)),
    unreachable: pins
      .filter((pin) => pin.clock === null)
      .map((pin) => `${pin.url}: ${pin.problem ?? ''}`.slice(0, 200)),
  };
}

function versionRefusal({ url, refusal, problem }: PinAnswer): PinRefusal[] {
  if (refusal === undefined || !cannotServeNow(refusal)) return [];
  return [{ url, type: refusal, problem: (problem ?? '').slice(0, 300) }];
}

const isRefusal = (pin: PinAnswer): boolean => versionRefusal(pin).length > 0;

async function storedIfPossible(
  registry: Registry,
  aliases: z.infer<typeof aliasesSchema>,
): Promise<boolean> {
  try {
    await registry.setAliases(aliases);
    return true;
  } catch (error) {
    if (error instanceof PerennialError && error.type === 'store-unavailable') return false;
    throw error;
  }
}

async function ensureSchedules(
  { registry, temporal, stepped }: ControlPorts,
  { model, specDigest, anchor }: Parameters<ControlActivities['ensureSchedules']>[0],
): Promise<void> {
  const spec = await registry.getSpec(model, specDigest);
  const every = millis(spec.monitor.every);
  await temporal.putSchedule({
    scheduleId: monitorScheduleId(model),
    workflowType: WORKFLOW.monitor,
    workflowId: monitorScheduleId(model),
    argument: { model },
    everyMs: every,
    offsetMs: epoch(anchor) % every,
    paused: stepped,
    note: `${model}: check what is serving`,
  });
  await ensureRetrainSchedule(temporal, { spec, anchor, stepped });
}

async function ensureRetrainSchedule(
  temporal: TemporalDoor,
  { spec, anchor, stepped }: { spec: ModelSpec; anchor: string; stepped: boolean },
): Promise<void> {
  const scheduleId = retrainScheduleId(spec.model);
  const trigger = spec.triggers.find((candidate) => candidate.kind === 'schedule');
  if (trigger === undefined) return temporal.deleteSchedule(scheduleId);
  const every = millis(trigger.every);
  await temporal.putSchedule({
    scheduleId,
    workflowType: WORKFLOW.scheduledRetrain,
    workflowId: scheduleId,
    argument: { model: spec.model },
    everyMs: every,
    offsetMs: (epoch(anchor) + millis(trigger.offset ?? '0 seconds')) % every,
    paused: stepped,
    note: `${spec.model}: ask for the scheduled retrain`,
  });
}

const lifecycleFactsSchema = z.object({ aliases: aliasesSchema, specDigest: z.string().nullable() });

async function readServing(temporal: TemporalDoor, model: string) {
  const { aliases, specDigest } = lifecycleFactsSchema.parse(await temporal.state(model));
  if (specDigest === null) {
    throw new PerennialError({
      type: 'unknown-model',
      thing: 'model',
      value: model,
      allowed: 'a model with a spec',
      next: 'Run `perennial apply <spec>` first.',
    });
  }
  return { aliases, specDigest };
}

function resolveApprovers(approvers: ControlPorts['approvers'], groups: readonly string[]): string[] {
  return [...new Set(groups.flatMap((group) => membersOf(approvers, group)))].sort();
}

function membersOf(approvers: ControlPorts['approvers'], group: string): readonly string[] {
  const members = approvers[group] ?? [];
  if (members.length > 0) return members;
  throw new PerennialError({
    type: 'unknown-approvers',
    thing: 'group in rollout.approval.from',
    value: group,
    allowed: `one of ${Object.keys(approvers).join(', ') || '(none is configured)'}`,
    next: 'Name its members in the worker’s PERENNIAL_APPROVERS, e.g. {"ml-leads":["ada"]}.',
  });
}
