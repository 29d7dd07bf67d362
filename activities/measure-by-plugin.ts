import { z } from 'zod';
import { PerennialError } from '../domain/errors.js';
import type { Manifest } from '../domain/manifest.js';
import { pluginOf } from '../domain/plugins.js';
import { pluginsNamed } from '../domain/spec/plugin-section.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { comparisonSchema, evaluationSchema } from '../domain/verdict.js';
import {
  changedPlugin,
  noPlugins,
  type PluginPart,
  type Plugins,
  runUnchanged,
} from '../engines/plugins/index.js';
import type { Interval, Outcome } from '../stats/index.js';
import { measuresIn, type Measures } from './measure-in-thread.js';
import type { MeasureTask, OwnMetricTask } from './measure-thread.js';
import { timeFor, type PluginWork } from './plugin-time.js';
import { namedPluginFailure } from './training-failure.js';

/** The plug-in's metric that a spec judges by; undefined for one of ours. Throws `unknown-plugin` and `plugin-task`. */
export function metricPart(plugins: Plugins | undefined, spec: ModelSpec): PluginPart | undefined {
  const use = pluginsNamed(spec).find(({ role }) => role === 'metric');
  return use === undefined ? undefined : (plugins ?? noPlugins).find(use, spec.task.kind);
}

const intervalSchema = z.custom<Interval>((value) => typeof value === 'object' && value !== null);
const outcomeSchema = z.custom<Outcome>((value) => typeof value === 'object' && value !== null);

/**
 * Measurements by a plug-in's metric: each in a thread of its own, which ends when the metric takes too long. What needs no metric is
 * measured as ever.
 */
export function measuresBy(part: PluginPart | undefined, spec: ModelSpec, work: PluginWork): Measures {
  const measures = measuresIn(work);
  if (part === undefined) return measures;
  const { file, own, ref } = part;
  const plugin = { file, own, name: ref.name, task: spec.task.kind };
  const entry = import.meta.url.endsWith('.ts') ? './measure-thread.ts' : './measure-thread.js';
  const module = new URL(entry, import.meta.url).href;
  const { signal, memoryMb } = work;
  const ask = async (asked: MeasureTask): Promise<unknown> => {
    const task: OwnMetricTask = { ...asked, plugin };
    return runUnchanged(part, { signal, memoryMb, module, task, timeoutMs: timeFor(part, work) });
  };
  return {
    ...measures,
    holdout: async (of) => ({
      ...evaluationSchema.parse(await ask({ what: 'holdout', of })),
      measuredBy: ref,
    }),
    value: async (of) => outcomeSchema.parse(await ask({ what: 'value', of })),
    ratio: async (of) => intervalSchema.nullable().parse(await ask({ what: 'ratio', of })),
    comparison: async (of) => comparisonSchema.nullable().parse(await ask({ what: 'comparison', of })),
  };
}

/** Why a version cannot be compared with its release: it was judged by another metric then; undefined where it was not. */
export function otherMetric({ task }: ModelSpec, { evaluation }: Manifest): string | undefined {
  if (evaluation.metric === task.metric) return undefined;
  return `judged by ${evaluation.metric} at release, and the spec says ${task.metric}; a retrain measures it anew`;
}

/** Refuses to compare with what another code measured at release. Throws `plugin-changed`. */
export function requireAsAtRelease(part: PluginPart | undefined, { evaluation }: Manifest): void {
  const then = evaluation.measuredBy;
  if (part === undefined || then === undefined || then.sha256 === part.ref.sha256) return;
  throw changedPlugin(pluginOf(then.name), then.sha256, part.ref.sha256, 'the champion was judged');
}

/** What is the matter with a plug-in, in one line; undefined for any other error. */
export function pluginTrouble(error: unknown): string | undefined {
  const named = namedPluginFailure(error);
  return named instanceof PerennialError && named.type === 'plugin-failed' ? named.message : undefined;
}
