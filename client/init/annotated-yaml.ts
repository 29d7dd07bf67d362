import { Document, isMap, isScalar, type YAMLMap } from 'yaml';
import type { Draft } from './draft-spec.js';

const HEAD = ` A first spec, guessed from the data. Every line is yours to change: docs/reference/spec.md says what each key means.`;
const LINE_WIDTH = 120;

/** A draft as YAML: its comments stand above what they are about. Gives the same text for the same draft. */
export function annotatedYaml({ spec, comments }: Pick<Draft, 'spec' | 'comments'>): string {
  const document = new Document(spec);
  document.commentBefore = HEAD;
  for (const { path, text } of comments) annotate(document, path, text);
  const features = document.get('features');
  if (isMap(features)) features.items.forEach(({ value }) => isMap(value) && (value.flow = true));
  const sections = isMap(document.contents) ? document.contents.items : [];
  sections.slice(1).forEach(({ key }) => isScalar(key) && (key.spaceBefore = true));
  return document.toString({ lineWidth: LINE_WIDTH });
}

function annotate(document: Document, path: readonly string[], text: string): void {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = isMap(parent) ? keyOf(parent, path.at(-1) ?? '') : undefined;
  if (key !== undefined)
    key.commentBefore = text
      .split('\n')
      .map((line) => ` ${line}`)
      .join('\n');
}

function keyOf(map: YAMLMap, name: string) {
  for (const { key } of map.items) if (isScalar(key) && key.value === name) return key;
  return undefined;
}
