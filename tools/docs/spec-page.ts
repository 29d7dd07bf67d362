import { isDeepStrictEqual } from 'node:util';
import { METRICS } from '../../domain/spec/metric-names.js';
import { sampleSpec } from '../../domain/spec/sample-spec.js';
import { specSchema } from '../../domain/spec/spec.js';
import { jsonSchemaOf, keyRows, variants, type JsonSchema, type KeyRow } from './json-schema.js';
import { fenced, markdownTable } from './markdown.js';

/** Sections whose content is a list or a map of variants, and what one of them is called. */
const MEMBERS: Readonly<Record<string, string>> = { features: 'feature', triggers: 'trigger', gates: 'gate' };

const INTRO = `# Spec reference

One spec per model, as JSON, YAML or a TypeScript module (\`export default defineModel({...})\`). Check one, and see it with its
defaults, without changing anything:

${fenced('sh', 'perennial apply model.yaml --dry-run')}

A key that is not listed here is an error that names the nearest known one. A spec names things and never carries code to run:
data roots and the members of a group of approvers are in the [worker's environment](environment.md).

- A **duration** is a number and a unit: ${['`90 days`', '`1 hour`', '`50 ms`'].join(', ')}; milliseconds, seconds, minutes, hours, days (of 24 hours) or weeks.
- A **share** is a percentage such as \`5%\`, or a number such as \`0.05\`.
- "Loss" is the task's metric turned so that less is better (1 − score for scores).
- What is *needed* has no default; – means that it may be absent.

[spec.schema.json](spec.schema.json) holds the same as JSON schema, for editors. In a YAML file:

${fenced('yaml', '# yaml-language-server: $schema=<path to>/docs/reference/spec.schema.json')}`;

/** `docs/reference/spec.md`: every key of a spec, from the schemas. */
export function specPage(): string {
  const schema = jsonSchemaOf(specSchema);
  const sections = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'model');
  return [
    INTRO,
    '## The whole',
    table(topRows(schema)),
    ...sections.flatMap(([name, section]) => sectionText(name, section)),
    '## Metrics',
    metricsTable(),
    '## An example with something in every section',
    fenced('json', JSON.stringify(sampleSpec(), null, 2)),
  ].join('\n\n');
}

/** `docs/reference/spec.schema.json`. */
export function specJsonSchema(): string {
  return JSON.stringify(jsonSchemaOf(specSchema), null, 2);
}

function topRows(schema: JsonSchema): KeyRow[] {
  return keyRows({ ...schema, properties: flat(schema) }).map((row) => ({
    ...row,
    fallback: row.fallback === '`{}`' ? 'its defaults' : row.fallback,
    type: row.path === 'model' ? row.type : `[below](#${row.path})`,
  }));
}

/** Sections without their members: these have tables of their own. */
function flat(schema: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, { properties: _, ...section }]) => [name, section]),
  );
}

function sectionText(name: string, section: JsonSchema): string[] {
  const member = MEMBERS[name];
  const held =
    typeof section.additionalProperties === 'object' ? section.additionalProperties : section.items;
  const heading = [`## ${name}`, section.description ?? ''];
  if (member !== undefined && held !== undefined) return [...heading, ...variantTexts(`${member}`, held)];
  if (section.oneOf !== undefined) return [...heading, ...variantTexts(name, section)];
  return [...heading, table(keyRows(section)), ...nestedUnions(section)];
}

function variantTexts(what: string, schema: JsonSchema): string[] {
  const all = variants(schema).map((variant) => {
    const tag = tagOf(variant);
    return { tag, rows: keyRows(variant).filter((row) => row.path !== tag.name) };
  });
  const shared = sharedRows(all.map(({ rows }) => rows));
  const holders = shared.length === 0 ? [] : all.filter(({ rows }) => shared.every((row) => isIn(row, rows)));
  const texts = all.flatMap((one) => {
    const { tag, rows } = one;
    const own = holders.includes(one) ? rows.filter((row) => !isIn(row, shared)) : rows;
    const nothing = holders.includes(one) ? [] : [`Nothing beside \`${tag.name}\`.`];
    return [`### ${what} \`${tag.value}\``, tag.meaning, ...(own.length === 0 ? nothing : [table(own)])];
  });
  if (shared.length === 0) return texts;
  return [
    ...texts,
    `### ${what} ${holders.map(({ tag }) => `\`${tag.value}\``).join(', ')}`,
    'All of these:',
    table(shared),
  ];
}

const isIn = (row: KeyRow, rows: readonly KeyRow[]): boolean =>
  rows.some((other) => isDeepStrictEqual(other, row));

/** Rows that the first two variants have in common, when they are so many that repeating them would bury the rest. */
function sharedRows([first = [], second = []]: readonly (readonly KeyRow[])[]): KeyRow[] {
  const shared = first.filter((row) => isIn(row, second));
  return shared.length > 3 ? shared : [];
}

/** Unions inside a section (the task's baseline). */
function nestedUnions(section: JsonSchema): string[] {
  return Object.entries(section.properties ?? {})
    .filter(([, member]) => member.oneOf !== undefined)
    .flatMap(([name, member]) => variantTexts(name, member));
}

function tagOf(variant: JsonSchema): { name: string; value: string; meaning: string } {
  const tag = Object.entries(variant.properties ?? {}).find(
    ([name, member]) => member.const !== undefined && variant.required?.includes(name) === true,
  );
  if (tag === undefined) throw new Error('a member of a union in the spec has no key that names its kind');
  const [name, member] = tag;
  return { name, value: String(member.const), meaning: member.description ?? '' };
}

function table(rows: readonly KeyRow[]): string {
  const nameless = rows.find((row) => row.meaning === '');
  if (nameless !== undefined) {
    throw new Error(`${nameless.path} has no meaning: add .describe('…') to it in domain/spec`);
  }
  return markdownTable(
    ['key', 'value', 'default', 'meaning'],
    rows.map((row) => [`\`${row.path}\``, row.type, row.fallback, row.meaning]),
  );
}

function metricsTable(): string {
  return markdownTable(
    ['task', '`task.metric` may be'],
    Object.entries(METRICS).map(([task, names]) => [task, names.map((name) => `\`${name}\``).join(', ')]),
  );
}
