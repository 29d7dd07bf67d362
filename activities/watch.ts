import { MESSAGE } from '../domain/messages.js';
import type { RolloutWaiting } from '../domain/reports.js';
import { epoch } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { outcomeSegments, predictionSegments } from '../storage/predictions/segments.js';
import { awaitStore } from './await-store.js';
import { withHeartbeat } from './heartbeat.js';
import { measuresBy, metricPart, pluginTrouble } from './measure-by-plugin.js';
import { blockLengthOf, metricInput } from './metric-rows.js';
import { pairByPrediction, type JudgedPairs } from './judged-pairs.js';
import type { BakeEnded, ShadowEnded, WatchActivities } from './watch-activities.js';
import type { WatchPorts } from './watch-ports.js';
import { watermarks, type Look } from './watermarks.js';

type ShadowInput = Parameters<WatchActivities['awaitShadow']>[0];
type BakeInput = Parameters<WatchActivities['awaitBake']>[0];

const DAY_MS = 86_400_000;

/** The long waits of rollouts and retrains. Each reads the log from the start, so it can be restarted at any time. */
export function createWaitActivities(
  ports: WatchPorts,
): Pick<WatchActivities, 'awaitShadow' | 'awaitBake' | 'awaitStore'> {
  return {
    awaitShadow: (input) =>
      withHeartbeat(({ signal, report }) => awaitShadow(ports, input, { signal, report })),
    awaitBake: (input) => withHeartbeat(({ signal, report }) => awaitBake(ports, input, { signal, report })),
    awaitStore: () => withHeartbeat((beat) => awaitStore(ports.store, beat)),
  };
}

interface Beat {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

async function awaitShadow(
  ports: WatchPorts,
  input: ShadowInput,
  { signal, report }: Beat,
): Promise<ShadowEnded> {
  const { store, registry, serving, judges } = ports;
  const features = ports.features.until(signal);
  const spec = await registry.getSpec(input.model, input.specDigest);
  const challenger = input.challenger.version;
  for await (const look of watermarks(serving, {
    model: input.model,
    lateness: spec.source.lateness,
    signal,
  })) {
    const predictionFiles = await predictionSegments(store, input.model, { from: input.since });
    const seen = await features.shadowPairs({
      predictionFiles,
      champion: input.champion.version,
      challenger,
      from: input.since,
    });
    const { enough, because } = judges.shadow(spec, input.since, look.watermark, seen);
    report({ phase: 'shadow', because });
    if (enough) return { because, watermark: look.watermark, seen };
    await tellWaiting(ports, input, 'shadow', look);
  }
  throw new Error('the shadow’s wait ended without being asked to');
}

async function awaitBake(ports: WatchPorts, input: BakeInput, { signal, report }: Beat): Promise<BakeEnded> {
  const { registry, serving, judges } = ports;
  const spec = await registry.getSpec(input.model, input.specDigest);
  let judgedDay = 0;
  for await (const look of watermarks(serving, {
    model: input.model,
    lateness: spec.source.lateness,
    signal,
  })) {
    const day = Math.floor((epoch(look.watermark) - epoch(input.since)) / DAY_MS);
    if (day > judgedDay) {
      judgedDay = day;
      const { absent, ...compared } = await compareWithPrevious(
        { ...ports, features: ports.features.until(signal) },
        spec,
        input,
        {
          look,
          signal,
        },
      );
      const seen = { since: input.since, watermark: look.watermark, ...compared };
      const verdict = judges.bake(spec, seen);
      const { kind } = verdict;
      const because = absent === undefined ? verdict.because : `not compared: ${absent}`;
      report({ phase: 'bake', day, because });
      if (kind !== 'wait') return { kind, because, watermark: look.watermark, ...compared };
    }
    await tellWaiting(ports, input, 'bake', look);
  }
  throw new Error('the bake’s wait ended without being asked to');
}

/** Why no pair can be compared, where labels have come. */
function noneKnown({ eventTimes, unknownClass }: JudgedPairs): { readonly absent?: string } {
  if (eventTimes.length > 0 || unknownClass === 0) return {};
  return { absent: `all ${unknownClass} labels are of classes that the new champion does not know` };
}

/** Under the stepped clock a driver waits until this rollout has looked at the log up to the clock; else nobody asks. */
async function tellWaiting(
  { temporal }: WatchPorts,
  { model, run }: { model: string; run: string },
  phase: RolloutWaiting['phase'],
  look: Look,
): Promise<void> {
  if (!look.stepped) return;
  const waiting: RolloutWaiting = { run, phase, waitingFor: 'event-time', seen: look.clock };
  await temporal.tell(model, MESSAGE.rolloutWaiting, waiting);
}

type Compared = Pick<BakeEnded, 'comparison' | 'rows' | 'measuredBy'> & { readonly absent?: string };

/** New champion against previous champion on the same requests, as far as their labels have matured. */
async function compareWithPrevious(
  ports: WatchPorts,
  spec: ModelSpec,
  input: BakeInput,
  { look, signal }: { readonly look: Look; readonly signal: AbortSignal },
): Promise<Compared> {
  const { store, registry, features, judges } = ports;
  const judged = await features.joinOutcomes({
    spec,
    source: await features.freezeSource({ spec, asOf: look.watermark, from: input.since }),
    predictionFiles: await predictionSegments(store, input.model, { from: input.since }),
    outcomeFiles: await outcomeSegments(store, input.model),
    from: input.since,
    to: look.watermark,
    asOf: look.watermark,
  });
  const champion = { version: input.champion.version, role: 'champion' as const };
  const previous = { version: input.previous.version, role: 'reverse-shadow' as const };
  const { manifest } = await registry.getManifest(input.model, input.champion.version);
  const { classes } = manifest;
  const pairs = pairByPrediction(judged, { left: champion, right: previous, classes });
  const rows = pairs.eventTimes.length;
  if (rows < judges.bakeMinRows) return { comparison: null, rows, ...noneKnown(pairs) };
  const taskRows = { task: spec.task.kind, classes, labels: pairs.labels };
  const request = {
    name: { task: spec.task.kind, metric: spec.task.metric },
    pair: {
      model: metricInput(taskRows, pairs.left),
      against: metricInput(taskRows, pairs.right),
      confidence: 0.95,
      seed: spec.trainer.seed,
      blockLength: blockLengthOf(pairs.eventTimes),
    },
  };
  try {
    const part = metricPart(ports.plugins, spec);
    const work = { signal, memoryMb: ports.limits.memoryMb };
    const comparison = await measuresBy(part, spec, work).comparison(request);
    return { comparison, rows, ...(part !== undefined && { measuredBy: part.ref }) };
  } catch (error) {
    // A metric that fails must not hold a champion in its bake for ever: it ends unproven, with the reason.
    const absent = pluginTrouble(error);
    if (absent === undefined || signal.aborted) throw error;
    return { comparison: null, rows, absent };
  }
}
