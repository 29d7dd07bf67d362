import { canonicalJson } from '../domain/canonical.js';
import { PerennialError, type Refusal } from '../domain/errors.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { checkProgramModel, type Parity } from '../engines/inference/index.js';
import { inputsOf, RUN_FILES, type ProgramOutputs } from '../engines/training/command/index.js';
import type { LabelFit } from '../engines/training/index.js';
import { getArtifact, putArtifact } from '../storage/objects/artifacts.js';
import { sha256 } from '../storage/objects/digest.js';
import { checkpointsOf } from './checkpoints.js';
import { parseCommandModel, type CommandModel } from './command-model.js';
import type { RetrainActivities, TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';

/** What the step that trains is given. */
export type TrainInput = Parameters<RetrainActivities['train']>[0];

/** How a training that is not ours is told of, and ended. */
export interface ForeignHooks {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

/** What is wrong with what somebody else's trainer left. */
export type Found = Pick<Refusal, 'thing' | 'allowed'> & { readonly value: unknown; readonly next?: string };

/** One training by the team's own program or plug-in. */
export interface ForeignRun {
  readonly ports: RetrainPorts;
  readonly input: TrainInput;
  readonly spec: ModelSpec;
  /** Who trains; kept with the version. */
  readonly program: NonNullable<TrainedModel['program']>;
  /** Names it in `backend`: `command lightgbm`. */
  readonly backend: string;
  /** A complaint about what it left. */
  readonly wrong: (found: Found, cause?: unknown) => PerennialError;
}

/** The rows that a model is tried on, and what its labels are. */
export interface Tried {
  readonly blocks: { readonly train: Table; readonly validation: Table };
  readonly fit: LabelFit;
  readonly signal: AbortSignal;
}

const checkpointOf = ({ ports: { store }, input: { model, runKey } }: ForeignRun) =>
  checkpointsOf(store, model, runKey);

/** Equal for attempts that would train the same: rows, spec and trainer. */
const fingerprintOf = ({ input, program }: ForeignRun): string =>
  sha256(
    new TextEncoder().encode(
      canonicalJson({ rows: input.snapshot.rows, spec: input.specDigest, ...program }),
    ),
  );

/** What an earlier attempt of this run made. */
export async function finished(run: ForeignRun): Promise<Uint8Array | undefined> {
  const bytes = await checkpointOf(run).load();
  const model = bytes === undefined ? undefined : parseCommandModel(bytes);
  if (bytes === undefined || model?.fingerprint !== fingerprintOf(run)) return undefined;
  const whole = await getArtifact(run.ports.store, model.onnx).catch(() => undefined);
  return whole === undefined ? undefined : bytes;
}

/** Tries what was made on the validation rows, and stores it under the run when it passed. */
export async function keepTried(
  run: ForeignRun,
  outputs: ProgramOutputs,
  { blocks, fit, signal }: Tried,
): Promise<Uint8Array> {
  const { memoryMb, scoring: threads } = run.ports.limits;
  const inputs = inputsOf(run.spec);
  const { classes, labelScale } = fit;
  const judged = blocks.validation.rows > 0;
  const parity = await checkProgramModel({
    source: { onnx: outputs.onnx, inputs, classes, threads },
    table: judged ? blocks.validation : blocks.train,
    said: judged ? outputs.scores : null,
    unit: labelScale?.sd ?? 1,
    work: { signal, memoryMb },
  }).catch((error: unknown) => {
    throw signal.aborted ? error : complaint(run, error);
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
  run: ForeignRun,
  { onnx, metrics, scores }: ProgramOutputs,
  { inputs, classes, parity }: Kept,
): Promise<Uint8Array> {
  const { pass: _pass, ...measured } = parity;
  const model: CommandModel = {
    format: 'perennial-command/1',
    program: run.program,
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

/** The answer of the step. */
export async function trainedBy(
  { ports, spec, backend }: ForeignRun,
  bytes: Uint8Array,
): Promise<TrainedModel> {
  const { program, metrics } = parseCommandModel(bytes) ?? {};
  const { seed, kind } = spec.trainer;
  const epochs = metrics?.['epochs'];
  return {
    ...{ weights: await putArtifact(ports.store, bytes), kind, seed },
    epochs: Number.isInteger(epochs) ? (epochs ?? 0) : 0,
    backend,
    warmFrom: null,
    ...(program !== undefined && { program: withoutAbsent(program) }),
  };
}

function withoutAbsent({
  plugin,
  ...program
}: CommandModel['program']): NonNullable<TrainedModel['program']> {
  return plugin === undefined ? program : { ...program, plugin };
}

/** What the scoring room says of a model, as a complaint about what wrote it. */
function complaint({ wrong }: ForeignRun, error: unknown): unknown {
  if (!(error instanceof PerennialError) || error.type === 'out-of-memory') return error;
  const { thing, value, allowed, next, type } = error.refusal;
  const found = { thing: `${RUN_FILES.model}: ${thing}`, value, allowed };
  const ownWords = type === 'model-unreadable' || type === 'model-mismatch';
  return wrong(ownWords ? found : { ...found, next }, error);
}

/** Staged faults are for trainers of ours. Throws `unusable`. */
export function refuseStaged({ staged }: TrainInput, kind: string): void {
  if (staged.holdAtEpoch === undefined && staged.shuffleLabels === undefined) return;
  throw new PerennialError({
    type: 'unusable',
    thing: 'staged',
    value: staged,
    allowed: `no staged fault with a trainer of kind ${kind}`,
    next: 'Leave it out.',
  });
}
