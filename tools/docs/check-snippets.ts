import { parse as parseYaml } from 'yaml';
import { checkSpec } from '../../domain/spec/parse-spec.js';
import { sampleSpec } from '../../domain/spec/sample-spec.js';
import { specSchema } from '../../domain/spec/spec.js';
import type { Fence, Page, Problem } from './markdown.js';

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  json: (text) => JSON.parse(text),
  yaml: (text) => parseYaml(text),
  yml: (text) => parseYaml(text),
};
const SECTIONS = new Set(Object.keys(specSchema.shape));

/**
 * JSON and YAML blocks that cannot be read, and specs among them that are refused. A block whose every key is a section of the
 * spec is one: whole when it names its model, otherwise taken together with the sample spec.
 */
export function checkSnippets(page: Page): Problem[] {
  return page.fences.flatMap((fence) => {
    const read = READERS[fence.language];
    return read === undefined ? [] : problemsOf(page.path, fence, read);
  });
}

function problemsOf(path: string, fence: Fence, read: (text: string) => unknown): Problem[] {
  let value: unknown;
  try {
    value = read(fence.text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path, line: fence.line, message: `this ${fence.language} cannot be read: ${reason}` }];
  }
  return specProblems(value).map((message) => ({ path, line: fence.line, message }));
}

/** What is wrong with a value as a spec; empty when it is no spec. */
export function specProblems(value: unknown): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const keys = Object.keys(value);
  const whole = keys.includes('model') && (keys.includes('task') || keys.includes('source'));
  const part = keys.length > 0 && !keys.includes('model') && keys.every((key) => SECTIONS.has(key));
  if (!whole && !part) return [];
  const { problems } = checkSpec(whole ? value : { ...sampleSpec(), ...value });
  return problems.map(({ thing, allowed, next }) => `this spec: ${thing}; expected ${allowed}. ${next}`);
}
