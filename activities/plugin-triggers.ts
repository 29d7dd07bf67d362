import { z } from 'zod';
import { clip } from '../domain/bounds.js';
import { PerennialError } from '../domain/errors.js';
import type { PluginRef } from '../domain/plugins.js';
import type { TriggerVerdict } from '../domain/reports.js';
import { epoch, instant } from '../domain/references.js';
import { millis } from '../domain/duration.js';
import { pluginsNamed } from '../domain/spec/plugin-section.js';
import type { TriggerSpec } from '../domain/spec/spec.js';
import { badAnswer, callPlugin, noPlugins, type TriggerFacts } from '../engines/plugins/index.js';
import { rowsOfVersion } from './judged-pairs.js';
import type { CheckInput } from './measure-estimate.js';
import { MOST_WORDS, numbersSchema, wordsSchema } from './plugin-gates.js';
import { timeFor } from './plugin-time.js';
import type { DriftMeasured } from './watch-activities.js';

type PluginTrigger = Extract<TriggerSpec, { kind: 'plugin' }>;

const answerSchema = z.object({ fires: z.boolean(), because: wordsSchema, numbers: numbersSchema });

/** What a trigger looks at besides the rows that it judges. */
export interface Seen {
  readonly drift: readonly DriftMeasured[];
  readonly newRows: number;
}

/**
 * Asks one trigger of a plug-in. One that is not loaded, throws, takes too long or answers nonsense is `inconclusive`, with what happened:
 * it asks for nothing, and the other triggers of the check are judged all the same.
 */
export async function askTrigger(
  check: CheckInput,
  { trigger, index }: { readonly trigger: PluginTrigger; readonly index: number },
  seen: Seen,
): Promise<TriggerVerdict> {
  const { ports, spec, work } = check;
  const { name, action } = trigger;
  const base = { kind: 'plugin' as const, name, action };
  const facts = { ...(await factsOf(check, trigger)), ...seen };
  let plugin: PluginRef | undefined;
  try {
    const use = pluginsNamed(spec).find(({ path }) => path === `triggers.${index}`);
    if (use === undefined) throw new TypeError(`triggers.${index} is not of a plug-in`);
    const part = (ports.plugins ?? noPlugins).find(use, spec.task.kind);
    plugin = part.ref;
    const { signal, memoryMb } = work;
    const options = { signal, memoryMb, timeoutMs: timeFor(part, work) };
    const said = await callPlugin(part, { what: 'check', name: part.own, of: facts }, options);
    const answer = answerSchema.safeParse(said);
    if (!answer.success) throw badAnswer(name, answer.error);
    const { fires, because, numbers } = answer.data;
    return { ...base, outcome: fires ? 'fired' : 'quiet', because, numbers, plugin };
  } catch (error) {
    if (work.signal?.aborted === true || !(error instanceof PerennialError)) throw error;
    const because = clip(error.message, MOST_WORDS);
    return { ...base, outcome: 'inconclusive', because, numbers: {}, ...(plugin && { plugin }) };
  }
}

async function factsOf(
  { ports, spec, manifest, source, predictionFiles, outcomeFiles, asOf, champion }: CheckInput,
  { over, options }: PluginTrigger,
): Promise<Omit<TriggerFacts, 'drift' | 'newRows'>> {
  const to = instant(epoch(asOf) - millis(spec.source.labels.delay));
  const from = instant(epoch(to) - millis(over));
  const files = { predictionFiles, outcomeFiles };
  const joined = await ports.features.joinOutcomes({ spec, source, ...files, from, to, asOf });
  const { kind, label, metric } = spec.task;
  const { snapshot, evaluation, classes } = manifest;
  const who = { version: champion, role: 'champion' } as const;
  const { eventTimes, labels, said, naive } = rowsOfVersion(joined, who, classes);
  return {
    ...{ model: spec.model, asOf, task: { kind, label, metric }, classes, options },
    champion: {
      version: champion,
      trainedTo: snapshot.train.to,
      holdoutTo: snapshot.holdout.to,
      evaluation,
    },
    judged: { eventTimes, labels, said, naive },
  };
}
