import { millis } from '../domain/duration.js';
import { epoch, instant } from '../domain/references.js';
import type { TriggerSpec } from '../domain/spec/spec.js';
import { rowsOfVersion, type JudgedRows } from './judged-pairs.js';
import {
  measuresBy,
  metricPart,
  otherMetric,
  pluginTrouble,
  requireAsAtRelease,
} from './measure-by-plugin.js';
import type { CheckInput } from './measure-estimate.js';
import { blockLengthOf, lowerWithBaseline, metricInput, takeRows } from './metric-rows.js';
import type { SkillMeasured } from './watch-activities.js';

type Performance = Extract<TriggerSpec, { kind: 'performance' }>;

/** r over the matured rows of the present champion in (as-of − delay − over, as-of − delay]. */
export async function measureSkill(check: CheckInput, trigger: Performance): Promise<SkillMeasured> {
  const { spec, manifest, ports, source, predictionFiles, outcomeFiles, asOf } = check;
  const to = instant(epoch(asOf) - millis(spec.source.labels.delay));
  const from = instant(epoch(to) - millis(trigger.over));
  const judged = await ports.features.joinOutcomes({
    spec,
    source,
    predictionFiles,
    outcomeFiles,
    from,
    to,
    asOf,
  });
  const rows = rowsOfVersion(judged, { version: check.champion, role: 'champion' }, manifest.classes);
  const { unknownClass } = rows;
  const other = otherMetric(spec, manifest);
  const baseline = other === undefined ? manifest.evaluation.skillRatio : null;
  const newest = rows.eventTimes.at(-1);
  const newestLabel = newest === undefined ? null : instant(newest);
  const empty = {
    rows: rows.eventTimes.length,
    ratio: null,
    lower: null,
    baseline,
    error: null,
    newestLabel,
    ...(unknownClass > 0 && { unknownClass }),
  };
  if (rows.eventTimes.length < trigger.minLabels) return empty;
  if (other !== undefined) return { ...empty, absent: other };
  try {
    return { ...empty, ...(await ratioOf(check, rows, trigger)) };
  } catch (error) {
    const problem = pluginTrouble(error);
    if (problem === undefined || check.work.signal?.aborted === true) throw error;
    return { ...empty, absent: problem };
  }
}

/** Loss of the champion against that of the trivial baseline, and its error; by a plug-in's metric only while that is what it was at release. */
async function ratioOf(
  { spec, manifest, ports, work }: CheckInput,
  rows: JudgedRows,
  { confidence }: Performance,
): Promise<Partial<SkillMeasured>> {
  const part = metricPart(ports.plugins, spec);
  requireAsAtRelease(part, manifest);
  const measures = measuresBy(part, spec, work);
  const name = { task: spec.task.kind, metric: spec.task.metric };
  const taskRows = { task: spec.task.kind, classes: manifest.classes, labels: rows.labels };
  const said = metricInput(taskRows, rows.said);
  const measured = await measures.value({ name, input: said });
  const error = measured.kind === 'value' ? measured.value : null;
  const known = rows.naive.flatMap((forecast, row) => (forecast === null ? [] : [row]));
  const model = takeRows(said, known);
  const against = takeRows(metricInput(taskRows, { predictions: rows.naive, scores: null }), known);
  const eventTimes = Float64Array.from(known, (row) => rows.eventTimes[row] ?? 0);
  const options = { confidence, seed: spec.trainer.seed, blockLength: blockLengthOf(eventTimes) };
  const ratio = await measures.ratio({ name, pair: { model, against, ...options } });
  const by = { error, ...(part !== undefined && { measuredBy: part.ref }) };
  if (ratio === null) return by;
  return { ...by, ratio: ratio.estimate, lower: lowerWithBaseline(ratio, manifest.evaluation) };
}
