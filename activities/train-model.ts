import { trace } from '@opentelemetry/api';
import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { PerennialError } from '../domain/errors.js';
import type { VersionRef } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import {
  deserializeModel,
  serializeModel,
  trainModel,
  type FittedModel,
  type TrainProgress,
} from '../engines/training/index.js';
import { createRandom } from '../stats/index.js';
import { ATTRIBUTE } from '../telemetry/attributes.js';
import { getArtifact, putArtifact, stageArtifact } from '../storage/objects/artifacts.js';
import { checkpointsOf } from './checkpoints.js';
import type { ForeignHooks } from './foreign-training.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import type { RetrainActivities, Staged, TrainedModel } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';
import { takeImported } from './take-imported.js';
import { isCommandSpec, trainByCommand } from './train-command.js';
import { isPluginSpec, trainByPlugin } from './train-plugin.js';
import { namedTrainingFailure } from './training-failure.js';

type Input = Parameters<RetrainActivities['train']>[0];

/**
 * Trains on the snapshot, in a worker thread, with checkpoints in the store. A killed attempt is resumed by the next one and ends
 * in the same bytes; a cancelled one stops within a second.
 */
export function createTrainActivity(ports: RetrainPorts): Pick<RetrainActivities, 'train'> {
  return {
    train: (input) =>
      withHeartbeat(({ signal, report }) => train(ports, input, { signal, report }), HEAVY_BEAT_MS),
  };
}

async function train(
  ports: RetrainPorts,
  input: Input,
  { signal, report }: { signal: AbortSignal; report: (details: unknown) => void },
): Promise<TrainedModel> {
  const { store, registry, limits } = ports;
  const features = ports.features.until(signal);
  refuseStaged(input.staged, ports.staged);
  const spec = await registry.getSpec(input.model, input.specDigest);
  trace.getActiveSpan()?.setAttribute(ATTRIBUTE.trainer, spec.trainer.kind);
  if (input.imported !== undefined)
    return takeImported(ports, { ...input, imported: input.imported }, spec, signal);
  const foreign = trainForeign(ports, input, spec, { signal, report });
  if (foreign !== undefined) {
    return foreign.catch((error: unknown) => {
      throw signal.aborted ? new CancelledFailure('training was cancelled') : namedTrainingFailure(error);
    });
  }
  const blocks = await features.loadBlocks({
    spec,
    snapshotPath: await stageArtifact(store, input.snapshot.file),
  });
  const warm =
    'start' in spec.trainer && spec.trainer.start === 'warm'
      ? await championModel(ports, input.model, input.champion)
      : undefined;
  const checkpoint = checkpointsOf(store, input.model, input.runKey);
  // The staged hold is for the first attempt: the one that is killed while it is held. The next one goes on.
  const hold = activityInfo().attempt === 1 ? input.staged.holdAtEpoch : undefined;
  const model = await trainModel({
    spec,
    train: input.staged.shuffleLabels === true ? shuffled(blocks.train, spec.trainer.seed) : blocks.train,
    validation:
      input.staged.shuffleLabels === true
        ? shuffled(blocks.validation, spec.trainer.seed)
        : blocks.validation,
    checkpoint,
    signal,
    onProgress: (progress) => report(beat(progress)),
    memoryMb: limits.memoryMb,
    threads: limits.training,
    ...(warm === undefined ? {} : { warmStart: warm }),
    ...(hold === undefined ? {} : { staged: { holdAtEpoch: hold } }),
  }).catch((error: unknown) => {
    throw signal.aborted ? new CancelledFailure('training was cancelled') : namedTrainingFailure(error);
  });
  const weights = await putArtifact(store, serializeModel(model));
  await checkpoint.drop();
  return {
    weights,
    kind: model.kind,
    seed: spec.trainer.seed,
    epochs: model.epochs,
    backend: model.backend,
    warmFrom: model.warm ? input.champion : null,
    ...(model.kind === 'trees' && model.notices.length > 0 ? { notices: fewNotices(model.notices) } : {}),
  };
}

/** A table of a thousand constant columns has a thousand notices: these are in a history, so the first stand for the others. */
const MOST_NOTICES = 20;

function fewNotices(notices: readonly string[]): string[] {
  if (notices.length <= MOST_NOTICES) return [...notices];
  return [...notices.slice(0, MOST_NOTICES), `and ${notices.length - MOST_NOTICES} more like these`];
}

/** By a program or a plug-in of the team's own; undefined for a trainer of ours. */
function trainForeign(
  ports: RetrainPorts,
  input: Input,
  spec: ModelSpec,
  hooks: ForeignHooks,
): Promise<TrainedModel> | undefined {
  if (isCommandSpec(spec)) return trainByCommand(ports, input, spec, hooks);
  return isPluginSpec(spec) ? trainByPlugin(ports, input, spec, hooks) : undefined;
}

const beat = ({ epoch, epochs, loss, validationLoss, rowsPerSecond, held }: TrainProgress) => ({
  phase: held === true ? 'held' : 'train',
  epoch,
  epochs,
  loss,
  validationLoss,
  rowsPerSecond: Math.round(rowsPerSecond),
});

async function championModel(
  { registry, store }: RetrainPorts,
  model: string,
  champion: VersionRef | null,
): Promise<FittedModel | undefined> {
  if (champion === null) return undefined;
  const { manifest } = await registry.getManifest(model, champion.version);
  // A model of another's making has no weights that a trainer of ours could start from.
  if (manifest.trainer.program !== undefined || manifest.trainer.imported !== undefined) return undefined;
  return deserializeModel(await getArtifact(store, manifest.weights));
}

function refuseStaged(staged: Staged, allowed: boolean): void {
  if (allowed || (staged.holdAtEpoch === undefined && staged.shuffleLabels === undefined)) return;
  throw new PerennialError({
    type: 'unusable',
    thing: 'staged',
    value: staged,
    allowed: 'no staged fault on this worker',
    next: 'Leave it out; only a worker with PERENNIAL_STAGED=1 takes it.',
  });
}

/** The staged fault of a model that has learned nothing: labels in a seeded random order. */
function shuffled(table: Table, seed: number): Table {
  const order = createRandom(seed).permutation(table.rows);
  const { label } = table;
  const moved =
    label instanceof Float64Array
      ? Float64Array.from(order, (row) => label[row] ?? 0)
      : Array.from(order, (row) => label[row] ?? '');
  return { ...table, label: moved };
}
