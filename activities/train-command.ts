import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { canonicalJson } from '../domain/canonical.js';
import { PerennialError } from '../domain/errors.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { checkProgramModel, type Parity } from '../engines/inference/index.js';
import {
  inputsOf,
  type Program,
  programVersion,
  requestContent,
  RUN_FILES,
  timeoutOf,
  trainByProgram,
  unknownCommand,
  wrongOutput,
  type ProgramOutputs,
  type ProgramTraining,
} from '../engines/training/command/index.js';
import { type CommandTrainerSpec, fitLabels } from '../engines/training/index.js';
import { getArtifact, putArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import { sha256 } from '../storage/objects/digest.js';
import { checkpointsOf } from './checkpoints.js';
import { parseCommandModel, type CommandModel } from './command-model.js';
import type { RetrainActivities, TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';
import { namedTrainingFailure } from './training-failure.js';

type Input = Parameters<RetrainActivities['train']>[0];

/** How a training by a program is told of, and ended. */
export interface CommandHooks {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

/** A spec whose trainer is a program. */
export type CommandSpec = ModelSpec & { readonly trainer: CommandTrainerSpec };

/** Attempts after which a program that ended unluckily (killed, or exit code 75) is given up. */
const MOST_ATTEMPTS = 3;

/** Whether a spec is trained by a program of the team's own. */
export const isCommandSpec = (spec: ModelSpec): spec is CommandSpec => spec.trainer.kind === 'command';

/** The program that a spec names. Throws `unknown-command` when this worker has none of that name. */
export function programOf(
  { commands = {} }: Pick<RetrainPorts, 'commands'>,
  { trainer }: CommandSpec,
): Program {
  const program = Object.hasOwn(commands, trainer.name) ? commands[trainer.name] : undefined;
  if (program === undefined) throw unknownCommand(trainer.name, Object.keys(commands));
  return program;
}

/** Ends a retrain as `training-failed` before it reads anything when this worker cannot train it. */
export function requireProgram(ports: Pick<RetrainPorts, 'commands'>, spec: CommandSpec): void {
  try {
    timeoutOf(spec.trainer, programOf(ports, spec));
  } catch (error) {
    throw namedTrainingFailure(error);
  }
}

/**
 * Trains by a program: its folder gets the training and the validation block, never the holdout; what it leaves is tried before it is
 * kept. What it made is stored under the run before this returns, so that another attempt of the same run (a lost answer, a killed
 * worker) takes that model instead of training another one. A killed program begins again.
 */
export async function trainByCommand(
  ports: RetrainPorts,
  input: Input,
  spec: CommandSpec,
  hooks: CommandHooks,
): Promise<TrainedModel> {
  refuseStaged(input);
  const folder = join(ports.scratch, `command-${randomUUID()}`);
  const program = programOf(ports, spec);
  await mkdir(folder, { recursive: true });
  const { signal } = hooks;
  const training: ProgramTraining = {
    ...{ trainer: spec.trainer, program, folder, signal },
    onProgress: (progress) => hooks.report({ phase: 'train', command: spec.trainer.name, ...progress }),
  };
  try {
    const version = await programVersion(training);
    const run: Run = { ports, input, spec, version, training };
    const done = await finished(run);
    return trained(run, done ?? (await train(run, hooks)));
  } catch (error) {
    throw finalAfter(error, activityInfo().attempt);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly ports: RetrainPorts;
  readonly input: Input;
  readonly spec: CommandSpec;
  readonly version: string;
  readonly training: ProgramTraining;
}

const checkpointOf = ({ ports: { store }, input: { model, runKey } }: Run) =>
  checkpointsOf(store, model, runKey);

/** Equal for attempts that would train the same: rows, spec and program. */
const fingerprintOf = ({ input, spec, version }: Run): string =>
  sha256(
    new TextEncoder().encode(
      canonicalJson({ rows: input.snapshot.rows, spec: input.specDigest, name: spec.trainer.name, version }),
    ),
  );

/** What an earlier attempt of this run made. */
async function finished(run: Run): Promise<Uint8Array | undefined> {
  const bytes = await checkpointOf(run).load();
  const model = bytes === undefined ? undefined : parseCommandModel(bytes);
  if (bytes === undefined || model?.fingerprint !== fingerprintOf(run)) return undefined;
  const whole = await getArtifact(run.ports.store, model.onnx).catch(() => undefined);
  return whole === undefined ? undefined : bytes;
}

async function train(run: Run, hooks: CommandHooks): Promise<Uint8Array> {
  const { ports, input, spec, training } = run;
  const features = ports.features.until(hooks.signal);
  const snapshotPath = await stageArtifact(ports.store, input.snapshot.file);
  const blocks = await features.loadBlocks({ spec, snapshotPath });
  const { classes, labelScale } = fitLabels(spec.task, blocks.train.label);
  const inputs = inputsOf(spec);
  const at = (file: string): string => join(training.folder, file);
  const files = { train: at(RUN_FILES.train), validation: at(RUN_FILES.validation) };
  await features.writeBlocks({ snapshotPath, files });
  const { trainer } = spec;
  const request = requestContent({ spec, trainer, inputs, classes, snapshot: input.snapshot });
  await writeFile(at(RUN_FILES.request), JSON.stringify(request, null, 2));
  await writeFile(at(RUN_FILES.spec), JSON.stringify(spec, null, 2));
  const outputs = await trainByProgram(training);
  const { memoryMb, scoring: threads } = ports.limits;
  const table = blocks.validation.rows > 0 ? blocks.validation : blocks.train;
  const parity = await checkProgramModel({
    source: { onnx: outputs.onnx, inputs, classes, threads },
    table,
    said: blocks.validation.rows > 0 ? outputs.scores : null,
    unit: labelScale?.sd ?? 1,
    work: { signal: hooks.signal, memoryMb },
  }).catch((error: unknown) => {
    throw hooks.signal.aborted ? error : ofProgram(error, trainer.name);
  });
  return keep(run, outputs, { inputs, classes, parity });
}

/** What is known of a model that passed. */
interface Kept {
  readonly inputs: CommandModel['inputs'];
  readonly classes: readonly string[] | null;
  readonly parity: Parity;
}

async function keep(
  run: Run,
  { onnx, metrics, scores }: ProgramOutputs,
  { inputs, classes, parity }: Kept,
): Promise<Uint8Array> {
  const { pass: _pass, ...measured } = parity;
  const model: CommandModel = {
    format: 'perennial-command/1',
    program: { name: run.spec.trainer.name, version: run.version },
    fingerprint: fingerprintOf(run),
    onnx: await putArtifact(run.ports.store, onnx),
    inputs,
    classes: classes === null ? null : [...classes],
    metrics,
    parity: { ...measured, against: scores === null ? 'single-rows' : 'program' },
  };
  const bytes = new TextEncoder().encode(canonicalJson(model));
  await checkpointOf(run).save(bytes, { epoch: 0 });
  return bytes;
}

async function trained({ ports, spec }: Run, bytes: Uint8Array): Promise<TrainedModel> {
  const { program, metrics } = parseCommandModel(bytes) ?? {};
  const { name, seed, kind } = spec.trainer;
  const epochs = metrics?.['epochs'];
  return {
    ...{ weights: await putArtifact(ports.store, bytes), kind, seed },
    epochs: Number.isInteger(epochs) ? (epochs ?? 0) : 0,
    backend: `command ${name}`,
    warmFrom: null,
    ...(program !== undefined && { program }),
  };
}

/** An unlucky end is tried again a few times; then it is the program's end. */
function finalAfter(error: unknown, attempt: number): unknown {
  const given = error instanceof PerennialError && error.type.startsWith('program-');
  if (!given || error.refusal.retryable !== true || attempt < MOST_ATTEMPTS) return error;
  const next = `${error.refusal.next} It was tried ${attempt} times.`;
  return new PerennialError({ ...error.refusal, next, retryable: false }, { cause: error });
}

/** What the scoring room says of a model, as a complaint about the program that wrote it. */
function ofProgram(error: unknown, name: string): unknown {
  if (!(error instanceof PerennialError) || error.type === 'out-of-memory') return error;
  const { thing, value, allowed } = error.refusal;
  const { next } =
    error.type === 'model-unreadable' || error.type === 'model-mismatch'
      ? { next: undefined }
      : error.refusal;
  const found = { thing: `${RUN_FILES.model}: ${thing}`, value, allowed };
  return wrongOutput(name, next === undefined ? found : { ...found, next }, error);
}

function refuseStaged({ staged }: Input): void {
  if (staged.holdAtEpoch === undefined && staged.shuffleLabels === undefined) return;
  throw new PerennialError({
    type: 'unusable',
    thing: 'staged',
    value: staged,
    allowed: 'no staged fault with a trainer of kind command',
    next: 'Leave it out.',
  });
}
