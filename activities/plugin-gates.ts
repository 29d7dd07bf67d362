import { z } from 'zod';
import { clip } from '../domain/bounds.js';
import { PerennialError } from '../domain/errors.js';
import type { PluginPin } from '../domain/plugins.js';
import { pluginsNamed } from '../domain/spec/plugin-section.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { GateVerdict } from '../domain/verdict.js';
import {
  badAnswer,
  callPlugin,
  noPlugins,
  requirePinned,
  type GateFacts,
  type PluginPart,
  type Plugins,
} from '../engines/plugins/index.js';
import type { ThreadOptions } from '../engines/threads/thread-pool.js';
import type { RetrainPorts } from './retrain-ports.js';

/** Of a plug-in's own words in a verdict. @format characters */
export const MOST_WORDS = 500;
const MOST_NUMBERS = 50;

/** One line in a plug-in's own words. */
export const wordsSchema = z
  .string()
  .trim()
  .min(1)
  .transform((text) => clip(text.replaceAll(/\s+/g, ' '), MOST_WORDS));

/** A plug-in's numbers: its evidence. */
export const numbersSchema = z
  .record(z.string().min(1).max(100), z.number())
  .default({})
  .refine((numbers) => Object.keys(numbers).length <= MOST_NUMBERS, {
    message: `expected at most ${MOST_NUMBERS} numbers`,
  });

const answerSchema = z.object({
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
  because: wordsSchema,
  numbers: numbersSchema,
});

/** What one evaluation knows. */
export interface GateRequest {
  readonly spec: ModelSpec;
  readonly facts: Omit<GateFacts, 'options'>;
  readonly work: Pick<ThreadOptions, 'signal' | 'memoryMb'>;
}

/** The gates of plug-ins that a spec names, by their place. Throws `unknown-plugin`, and `plugin-changed` for other code than at the start. */
export function gateParts(
  { plugins = noPlugins }: Pick<RetrainPorts, 'plugins'>,
  { spec, pins }: { readonly spec: ModelSpec; readonly pins: readonly PluginPin[] | undefined },
): readonly (PluginPart | null)[] {
  return spec.gates.map((_, index) => {
    const part = partAt(plugins, spec, `gates.${index}`);
    if (part !== null) requirePinned(part, pins);
    return part;
  });
}

function partAt(plugins: Plugins, spec: ModelSpec, path: string): PluginPart | null {
  const use = pluginsNamed(spec).find((each) => each.path === path);
  return use === undefined ? null : plugins.find(use, spec.task.kind);
}

/**
 * Asks each gate of a plug-in, in the place that it has in the spec; null for gates of ours. One that throws, takes too long or answers
 * nonsense is `inconclusive`, with what happened: it never lets a candidate through, and never ends the step.
 */
export async function askGates(
  parts: readonly (PluginPart | null)[],
  request: GateRequest,
): Promise<(GateVerdict | null)[]> {
  const verdicts: (GateVerdict | null)[] = [];
  for (const [index, part] of parts.entries())
    verdicts.push(part === null ? null : await ask(part, index, request));
  return verdicts;
}

async function ask(part: PluginPart, index: number, request: GateRequest): Promise<GateVerdict> {
  const { spec, facts, work } = request;
  const gate = spec.gates[index];
  const base = { gate: `plugin ${part.ref.name}`, plugin: part.ref };
  const options = gate?.kind === 'plugin' ? gate.options : {};
  try {
    const said = await callPlugin(part, { what: 'judge', name: part.own, of: { ...facts, options } }, work);
    const answer = answerSchema.safeParse(said);
    if (!answer.success) throw badAnswer(part.ref.name, answer.error);
    return { ...base, ...answer.data };
  } catch (error) {
    if (work.signal?.aborted === true || !(error instanceof PerennialError)) throw error;
    return { ...base, outcome: 'inconclusive', because: clip(error.message, MOST_WORDS), numbers: {} };
  }
}
