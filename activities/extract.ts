import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { millis } from '../domain/duration.js';
import { PerennialError } from '../domain/errors.js';
import { instant, epoch, type ArtifactRef } from '../domain/references.js';
import { describeViolation, sourceManifestSchema, type SourceManifest } from '../domain/source.js';
import type { Snapshot } from '../domain/manifest.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { planWindow } from '../engines/features/plan-window.js';
import { getJsonArtifact, putArtifact, putJsonArtifact } from '../storage/objects/artifacts.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import type { RetrainActivities, RetrainScope } from './retrain-activities.js';
import type { RetrainPorts } from './retrain-ports.js';
import { requirePlugins } from './require-plugins.js';
import { isCommandSpec, requireProgram } from './train-command.js';

type Extract = Pick<
  RetrainActivities,
  'asOfFromSource' | 'freezeSource' | 'checkContract' | 'takeSnapshot' | 'checkPointInTime'
>;

/** The steps that read data: freeze, check, snapshot, point-in-time gate. Later attempts read exactly the frozen bytes. */
export function createExtractActivities(ports: RetrainPorts): Extract {
  const { store, registry } = ports;
  /** Beats often and hands over an engine whose queries a cancellation interrupts. */
  const heavy = <T>(
    work: (features: RetrainPorts['features'], signal: AbortSignal) => Promise<T>,
  ): Promise<T> => withHeartbeat(({ signal }) => work(ports.features.until(signal), signal), HEAVY_BEAT_MS);
  const specOf = ({ model, specDigest }: Pick<RetrainScope, 'model' | 'specDigest'>) =>
    registry.getSpec(model, specDigest);
  const sourceOf = (ref: ArtifactRef): Promise<SourceManifest> =>
    getJsonArtifact(store, ref, sourceManifestSchema);
  return {
    asOfFromSource: (input) =>
      heavy(async (features) => asOfFromSource({ ...ports, features }, await specOf(input))),
    freezeSource: (input) =>
      heavy(async (features, signal) => {
        const spec = await specOf(input);
        const imports = input.imports === true;
        // Before anything is read: a program or plug-in that this worker does not have would be missed only after the extraction.
        if (isCommandSpec(spec) && !imports) requireProgram(ports, spec);
        const plugins = await requirePlugins(ports, spec, { imports, signal });
        const source = await features.freezeSource({ spec, asOf: input.asOf, keep: true });
        const rows = source.files.reduce((sum, file) => sum + file.rows, 0);
        return {
          manifest: await putJsonArtifact(store, source),
          files: source.files.length,
          rows,
          ...plugins,
        };
      }),
    checkContract: (input) =>
      heavy(async (features) => {
        const spec = await specOf(input);
        const source = await sourceOf(input.source);
        const plan = planWindow({ spec, asOf: input.asOf });
        const report = await features.checkContract({ spec, source, plan, firstVersion: input.firstVersion });
        const violations = report.violations.map(describeViolation);
        const warnings = report.warnings.slice(0, 20);
        return {
          violations: violations.slice(0, 50),
          total: violations.length,
          warnings,
          report: await putJsonArtifact(store, report),
        };
      }),
    takeSnapshot: (input) =>
      heavy(async (features) =>
        takeSnapshot({ ...ports, features }, input, await specOf(input), await sourceOf(input.source)),
      ),
    checkPointInTime: (input) =>
      heavy(async (features) => {
        const spec = await specOf(input);
        // Without SQL every feature is a column of its own row: there is nothing that could look ahead.
        if (spec.source.sql === undefined) return [];
        const plan = planWindow({ spec, asOf: input.asOf });
        const source = await sourceOf(input.source);
        const { leaks } = await features.pointInTimeGate({ spec, source, plan, seed: spec.trainer.seed });
        return leaks.slice(0, 20).map((leak) => `leak: ${leak.column}, row ${leak.key}`);
      }),
  };
}

async function asOfFromSource({ features, clock }: RetrainPorts, spec: ModelSpec): Promise<string> {
  const source = await features.freezeSource({ spec, asOf: instant(clock()) });
  const newest = await features.newestEvent({ spec, source });
  if (newest === null) {
    throw new PerennialError({
      type: 'source-missing',
      thing: `source.rows ${spec.source.rows}`,
      value: 'no rows',
      allowed: 'rows with an event time',
      next: 'Deliver data, then ask for a retrain.',
    });
  }
  if (epoch(newest) > clock() + millis(spec.serving.clockSkew)) {
    throw new PerennialError({
      type: 'source-in-future',
      thing: `newest ${spec.source.eventTime} of ${spec.source.rows}`,
      value: newest,
      allowed: `an event time up to now + ${spec.serving.clockSkew}`,
      next: 'Correct the rows that are dated ahead, or ask with --as-of.',
    });
  }
  return instant(epoch(newest) + Math.max(millis(spec.source.lateness), millis(spec.source.labels.delay)));
}

async function takeSnapshot(
  { features, store, scratch }: RetrainPorts,
  input: RetrainScope,
  spec: ModelSpec,
  source: SourceManifest,
): Promise<Snapshot> {
  const plan = planWindow({ spec, asOf: input.asOf });
  await mkdir(scratch, { recursive: true });
  const out = join(scratch, `snapshot-${randomUUID()}.parquet`);
  try {
    const taken = await features.takeSnapshot({ spec, source, plan, out });
    const file = await putArtifact(store, await readFile(out));
    return {
      rows: taken.rows,
      file,
      asOf: input.asOf,
      train: { ...plan.train, rows: taken.counts.train },
      validation: { ...plan.validation, rows: taken.counts.validation },
      holdout: { ...plan.holdout, rows: taken.counts.holdout },
      columns: taken.columns,
      ...(taken.labels !== undefined && { labels: taken.labels }),
    };
  } finally {
    await rm(out, { force: true });
  }
}
