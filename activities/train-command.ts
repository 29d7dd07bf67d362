import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { PerennialError } from '../domain/errors.js';
import type { ModelSpec } from '../domain/spec/spec.js';
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
  type ProgramTraining,
} from '../engines/training/command/index.js';
import { type CommandTrainerSpec, fitLabels } from '../engines/training/index.js';
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
import { namedTrainingFailure } from './training-failure.js';

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
  input: TrainInput,
  spec: CommandSpec,
  { signal, report }: ForeignHooks,
): Promise<TrainedModel> {
  refuseStaged(input, 'command');
  const folder = join(ports.scratch, `command-${randomUUID()}`);
  const { name } = spec.trainer;
  const training: ProgramTraining = {
    ...{ trainer: spec.trainer, program: programOf(ports, spec), folder, signal },
    onProgress: (progress) => report({ phase: 'train', command: name, ...progress }),
  };
  await mkdir(folder, { recursive: true });
  try {
    const version = await programVersion(training);
    const run: ForeignRun = {
      ...{ ports, input, spec, program: { name, version }, backend: `command ${name}` },
      wrong: (found, cause) => wrongOutput(name, found, cause),
    };
    return await trainedBy(run, (await finished(run)) ?? (await train(run, spec, training)));
  } catch (error) {
    throw finalAfter(error, activityInfo().attempt);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function train(run: ForeignRun, spec: CommandSpec, training: ProgramTraining): Promise<Uint8Array> {
  const { ports, input } = run;
  const { signal = new AbortController().signal, folder } = training;
  const features = ports.features.until(signal);
  const snapshotPath = await stageArtifact(ports.store, input.snapshot.file);
  const blocks = await features.loadBlocks({ spec, snapshotPath });
  const fit = fitLabels(spec.task, blocks.train.label);
  const at = (file: string): string => join(folder, file);
  const files = { train: at(RUN_FILES.train), validation: at(RUN_FILES.validation) };
  await features.writeBlocks({ snapshotPath, files });
  const about = { inputs: inputsOf(spec), classes: fit.classes, snapshot: input.snapshot };
  const request = requestContent({ spec, trainer: spec.trainer, ...about });
  await writeFile(at(RUN_FILES.request), JSON.stringify(request, null, 2));
  await writeFile(at(RUN_FILES.spec), JSON.stringify(spec, null, 2));
  return keepTried(run, await trainByProgram(training), { blocks, fit, signal });
}

/** An unlucky end is tried again a few times; then it is the program's end. */
function finalAfter(error: unknown, attempt: number): unknown {
  const given = error instanceof PerennialError && error.type.startsWith('program-');
  if (!given || error.refusal.retryable !== true || attempt < MOST_ATTEMPTS) return error;
  const next = `${error.refusal.next} It was tried ${attempt} times.`;
  return new PerennialError({ ...error.refusal, next, retryable: false }, { cause: error });
}
