import { z } from 'zod';
import { pluginsNamed } from '../domain/spec/plugin-section.js';
import { millis } from '../domain/duration.js';
import { PerennialError } from '../domain/errors.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import {
  badAnswer,
  callPlugin,
  noPlugins,
  requirePinned,
  tooLong,
  type PluginPart,
  type TrainingJob,
} from '../engines/plugins/index.js';
import { inputsOf, type ProgramOutputs } from '../engines/training/command/index.js';
import { fitLabels, type PluginTrainerSpec } from '../engines/training/index.js';
import { stageArtifact } from '../storage/objects/artifacts.js';
import {
  finished,
  keepTried,
  refuseStaged,
  trainedBy,
  type ForeignHooks,
  type ForeignRun,
  type TrainInput,
} from './foreign-training.js';
import type { TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';

/** A spec whose trainer is a plug-in's. */
export type PluginSpec = ModelSpec & { readonly trainer: PluginTrainerSpec };

/** Whether a spec is trained by a plug-in. */
export const isPluginSpec = (spec: ModelSpec): spec is PluginSpec => spec.trainer.kind === 'plugin';

/** How long a trainer that was told to stop may go on: as long as a program. @format milliseconds */
const GRACE_MS = 3000;

/**
 * Trains by a plug-in, in a thread of its own that gets the training and the validation block, never the holdout; what it leaves is tried
 * before it is kept. What it made is stored under the run before this returns, so that another attempt of the same run takes that
 * model instead of training another one.
 */
export async function trainByPlugin(
  ports: RetrainPorts,
  input: TrainInput,
  spec: PluginSpec,
  hooks: ForeignHooks,
): Promise<TrainedModel> {
  refuseStaged(input, 'plugin');
  const part = trainerPart(ports, spec);
  requirePinned(part, input.plugins);
  const { ref } = part;
  const run: ForeignRun = {
    ...{ ports, input, spec, backend: `plugin ${ref.name}` },
    program: { name: ref.name, version: ref.version, plugin: ref },
    wrong: ({ thing, value, allowed, next }, cause) =>
      new PerennialError(
        {
          ...{ type: 'plugin-failed', thing: `${thing} of '${ref.name}'`, value, allowed },
          next: `${next ?? 'Mend the plug-in.'} docs/plugins.md says what it must be like.`,
        },
        { cause },
      ),
  };
  return trainedBy(run, (await finished(run)) ?? (await train(run, part, hooks)));
}

/** The trainer that a spec names. Throws `unknown-plugin`, `plugin-task`, or `timeout-too-long`. */
export function trainerPart(
  { plugins = noPlugins }: Pick<RetrainPorts, 'plugins'>,
  spec: PluginSpec,
): PluginPart {
  const [use] = pluginsNamed(spec).filter(({ role }) => role === 'trainer');
  if (use === undefined) throw new TypeError('the spec names no trainer of a plug-in');
  const part = plugins.find(use, spec.task.kind);
  const { timeout } = spec.trainer;
  if (timeout === undefined) return part;
  if (millis(timeout) > part.timeoutMs) throw tooLong(part.ref.name, timeout, part.timeoutMs);
  return { ...part, timeoutMs: millis(timeout) };
}

async function train(
  run: ForeignRun,
  part: PluginPart,
  { signal, report }: ForeignHooks,
): Promise<Uint8Array> {
  const { ports, input, spec } = run;
  const snapshotPath = await stageArtifact(ports.store, input.snapshot.file);
  const { train: rows, validation } = await ports.features.until(signal).loadBlocks({ spec, snapshotPath });
  const fit = fitLabels(spec.task, rows.label);
  const { kind, label, metric } = spec.task;
  const of: TrainingJob = {
    ...{ model: spec.model, task: { kind, label, metric }, classes: fit.classes, inputs: inputsOf(spec) },
    output: { name: fit.classes === null ? 'prediction' : 'scores', columns: fit.classes?.length ?? 1 },
    ...{ options: optionsOf(spec), seed: spec.trainer.seed, train: rows, validation },
  };
  const said = await callPlugin(
    part,
    { what: 'train', name: part.own, of },
    {
      ...{ signal, memoryMb: ports.limits.memoryMb, graceMs: GRACE_MS },
      onProgress: (news) => report({ phase: 'train', plugin: part.ref.name, ...news }),
    },
  );
  const blocks = { train: rows, validation };
  return keepTried(run, outputsOf(part.ref.name, said), { blocks, fit, signal });
}

const optionsOf = ({ trainer }: ModelSpec): unknown => ('options' in trainer ? trainer.options : {});

const scores = z
  .custom<ArrayLike<number>>(
    (value) => (Array.isArray(value) || ArrayBuffer.isView(value)) && 'length' in value,
    { message: 'expected a list of numbers' },
  )
  .transform((list) => Float64Array.from(list, Number))
  .refine((list) => list.every(Number.isFinite), { message: 'expected finite numbers' });

const fileSchema = z.object({
  onnx: z.instanceof(Uint8Array).refine(({ length }) => length > 0, { message: 'it is empty' }),
  metrics: z.record(z.string().min(1).max(100), z.number()).optional(),
  validationScores: scores.optional(),
});

/** What a trainer gave back, as what a program leaves. */
function outputsOf(name: string, said: unknown): ProgramOutputs {
  const parsed = fileSchema.safeParse(said);
  if (!parsed.success) throw badAnswer(name, parsed.error);
  const { onnx, metrics = {}, validationScores = null } = parsed.data;
  return { onnx, metrics, scores: validationScores };
}
