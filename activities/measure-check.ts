import type { Manifest } from '../domain/manifest.js';
import { millis } from '../domain/duration.js';
import { epoch, instant } from '../domain/references.js';
import type { TriggerVerdict } from '../domain/reports.js';
import { trafficOf } from '../domain/spec/shadow-feasible.js';
import type { ModelSpec, TriggerSpec } from '../domain/spec/spec.js';
import { getJsonArtifact, putJsonArtifact } from '../storage/objects/artifacts.js';
import { outcomeSegments, predictionSegments } from '../storage/predictions/segments.js';
import { HEAVY_BEAT_MS, withHeartbeat } from './heartbeat.js';
import { measuresIn } from './measure-in-thread.js';
import { measureSkill } from './measure-skill.js';
import { endOfPlugins } from './plugin-time.js';
import { askTrigger } from './plugin-triggers.js';
import { measureEstimate, type CheckInput } from './measure-estimate.js';
import { referenceProfileSchema } from './reference-profile.js';
import type { CheckMeasured, DriftMeasured, WatchActivities } from './watch-activities.js';
import type { WatchPorts } from './watch-ports.js';

type Input = Parameters<WatchActivities['measureCheck']>[0];

/** Window of a drift trigger that names none. */
const DRIFT_OVER = '7 days';

/**
 * Measures what the spec's triggers ask about. Reads, and writes only its evidence: a repeat gives the same answer. Cancelled, it
 * stops within a second.
 */
export function createMeasureActivity(
  ports: WatchPorts,
): Pick<WatchActivities, 'measureCheck' | 'requestsPerDay'> {
  return {
    measureCheck: (input) => withHeartbeat(({ signal }) => measureCheck(ports, input, signal), HEAVY_BEAT_MS),
    requestsPerDay: ({ model }) =>
      withHeartbeat(
        ({ signal }) => requestsPerDay({ ...ports, features: ports.features.until(signal) }, model),
        HEAVY_BEAT_MS,
      ),
  };
}

const TRAFFIC_DAYS = 7;

async function requestsPerDay(
  { store, serving, features }: WatchPorts,
  model: string,
): Promise<number | null> {
  const replicas = await serving.status(model);
  const newest = replicas.flatMap((replica) =>
    replica.newestEvent === null ? [] : [epoch(replica.newestEvent)],
  );
  if (newest.length === 0) return null;
  const to = Math.max(...newest);
  const from = instant(to - TRAFFIC_DAYS * 86_400_000);
  const predictionFiles = await predictionSegments(store, model, { from });
  const logged = await features.loggedInputs({ predictionFiles, from, to: instant(to), features: {} });
  return trafficOf(logged.eventTimes, to);
}

async function measureCheck(all: WatchPorts, input: Input, signal: AbortSignal): Promise<CheckMeasured> {
  const ports = { ...all, features: all.features.until(signal) };
  const { store, registry, features, serving } = ports;
  const spec = await registry.getSpec(input.model, input.specDigest);
  const replicas = await serving.status(input.model);
  const clocks = replicas.map((replica) => epoch(replica.clock) - millis(spec.source.lateness));
  const watermark = clocks.length === 0 ? null : instant(Math.min(...clocks));
  if (input.champion === null) return nothingServes(ports, watermark, input.asOf);
  const { manifest } = await registry.getManifest(input.model, input.champion.version);
  const work = { signal, memoryMb: ports.limits.memoryMb, until: endOfPlugins() };
  const from = looksBackTo(spec, input.asOf, manifest);
  const check: CheckInput = {
    ports,
    measures: measuresIn(work),
    work,
    spec,
    asOf: input.asOf,
    champion: input.champion.version,
    manifest,
    source: await features.freezeSource({ spec, asOf: input.asOf, from }),
    predictionFiles: await predictionSegments(store, input.model, { from }),
    outcomeFiles: await outcomeSegments(store, input.model),
  };
  const performance = await eachTrigger(spec, 'performance', async (trigger) =>
    trigger.labels === 'estimated' ? null : measureSkill(check, trigger),
  );
  const estimated = await eachTrigger(spec, 'performance', async (trigger) =>
    trigger.labels === 'estimated' ? measureEstimate(check, trigger) : null,
  );
  const drift = await eachTrigger(spec, 'data-drift', (trigger) => measureFeatures(check, trigger));
  const newRows = await countNewRows(check);
  const skew = await measureSkew(check);
  const asked = await askPlugins(check);
  const measured = { performance, estimated, drift, newRows, ...asked };
  const evidence = await putJsonArtifact(store, {
    asOf: input.asOf,
    champion: input.champion,
    ...measured,
    skew,
  });
  const unmatched = await features.unmatchedLabels({ spec, source: check.source });
  const warnings = unmatched === undefined ? {} : { warnings: [unmatched] };
  return { watermark, champion: input.champion.version, ...measured, evidence, ...warnings };
}

/** What the triggers of plug-ins say; nothing for a spec without any. */
async function askPlugins(check: CheckInput): Promise<Pick<CheckMeasured, 'plugins'>> {
  const { triggers } = check.spec;
  if (!triggers.some(({ kind }) => kind === 'plugin')) return {};
  const newRows = await rowsSinceHoldout(check);
  const plugins: (TriggerVerdict | null)[] = [];
  for (const [index, trigger] of triggers.entries()) {
    if (trigger.kind !== 'plugin') plugins.push(null);
    else {
      const asDrift = { kind: 'data-drift', test: 'psi', shareOfFeatures: 1, action: 'alert' } as const;
      const drift = await measureFeatures(check, { ...asDrift, over: trigger.over });
      plugins.push(await askTrigger(check, { trigger, index }, { drift, newRows }));
    }
  }
  return { plugins };
}

/** The oldest event time that any part of the check asks of the prediction log. */
function looksBackTo({ triggers, source }: ModelSpec, asOf: string, { snapshot }: Manifest): string {
  const spans = triggers.flatMap((trigger) => {
    if (trigger.kind === 'performance') return [millis(source.labels.delay) + millis(trigger.over)];
    if (trigger.kind === 'plugin') return [millis(source.labels.delay) + millis(trigger.over)];
    return trigger.kind === 'data-drift' ? [millis(trigger.over ?? DRIFT_OVER)] : [];
  });
  return instant(Math.min(epoch(snapshot.holdout.to), epoch(asOf) - Math.max(0, ...spans)));
}

async function nothingServes(
  { store }: WatchPorts,
  watermark: string | null,
  asOf: string,
): Promise<CheckMeasured> {
  const evidence = await putJsonArtifact(store, { asOf, champion: null });
  return { watermark, champion: null, performance: [], drift: [], newRows: null, evidence };
}

/** One result per trigger of the spec, in its place; null for triggers of another kind. */
async function eachTrigger<K extends TriggerSpec['kind'], T>(
  spec: ModelSpec,
  kind: K,
  measure: (trigger: Extract<TriggerSpec, { kind: K }>) => Promise<T>,
): Promise<(T | null)[]> {
  const results: (T | null)[] = [];
  for (const trigger of spec.triggers) results.push(isKind(trigger, kind) ? await measure(trigger) : null);
  return results;
}

const isKind = <K extends TriggerSpec['kind']>(
  trigger: TriggerSpec,
  kind: K,
): trigger is Extract<TriggerSpec, { kind: K }> => trigger.kind === kind;

/** Requests of the last days against the version's reference profile. */
async function measureFeatures(
  check: CheckInput,
  trigger: Extract<TriggerSpec, { kind: 'data-drift' }>,
): Promise<DriftMeasured[]> {
  const { spec, manifest, ports, asOf, predictionFiles } = check;
  const from = instant(epoch(asOf) - millis(trigger.over ?? DRIFT_OVER));
  const current = await ports.features.loggedInputs({
    predictionFiles,
    from,
    to: asOf,
    features: spec.features,
  });
  const profile = await getJsonArtifact(ports.store, manifest.profile, referenceProfileSchema);
  return check.measures.drift({ spec, trigger, current, profile });
}

/** Rows since the champion's holdout ended; null when no trigger asks. */
async function countNewRows(check: CheckInput): Promise<number | null> {
  return check.spec.triggers.some((trigger) => trigger.kind === 'new-data') ? rowsSinceHoldout(check) : null;
}

const rowsSinceHoldout = ({ spec, ports, source, asOf, manifest }: CheckInput): Promise<number> =>
  ports.features.countRows({ spec, source, from: manifest.snapshot.holdout.to, to: asOf });

/** Logged serving inputs against the source's own values: the skew between training and serving. */
async function measureSkew({ spec, ports, source, predictionFiles, asOf, manifest }: CheckInput) {
  const from = manifest.snapshot.holdout.to;
  return ports.features.compareLoggedWithSource({ spec, source, predictionFiles, from, to: asOf, asOf });
}
