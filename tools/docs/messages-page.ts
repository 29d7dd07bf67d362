import type { z } from 'zod';
import * as messages from '../../domain/messages.js';
import * as reports from '../../domain/reports.js';
import { jsonSchemaOf, keyRows, type JsonSchema } from './json-schema.js';
import { fenced, markdownTable } from './markdown.js';
import { INTERNAL, MESSAGES, type MessageDoc } from './message-table.js';

const INTRO = `# Messages

Every update, signal and query that Perennial's workflows take. Each takes one JSON object, from the Web UI, the \`temporal\`
command, \`@temporalio/client\` or the SDK alike; [the four doors](../doors.md) shows how.

- An **update** is checked before it is accepted. One that does not fit is refused with the reason and leaves no trace.
- A **signal** has no answer. One that does not fit (another encoding, no argument, an array, an unknown name) is counted and
  changes nothing.
- A **query** only reads.`;

/** `docs/reference/messages.md`: every message, from the schemas, with examples that the schemas accept. */
export function messagesPage(): string {
  mustBeComplete();
  const sections = Object.entries(MESSAGES).flatMap(([title, docs]) => [
    `## ${title}`,
    ...docs.flatMap(messageText),
  ]);
  return [INTRO, ...sections, ...internalText(), ...reportsText()].join('\n\n');
}

function mustBeComplete(): void {
  const documented = new Set([
    ...Object.values(MESSAGES).flatMap((docs) => docs.map(({ name }) => name)),
    ...Object.keys(INTERNAL),
  ]);
  const absent = Object.values(messages.MESSAGE).filter((name) => !documented.has(name));
  if (absent.length > 0) throw new Error(`tools/docs/message-table.ts lacks ${absent.join(', ')}`);
}

function messageText(doc: MessageDoc): string[] {
  const { kind, name, on, what, schema, example, answers } = doc;
  return [
    `### ${kind} \`${name}\``,
    `On ${on.map((id) => `\`${id}\``).join(' and ')}. ${what}`,
    ...(schema === undefined
      ? ['It takes no argument.']
      : [argumentTable(schema), json(checked(name, schema, example))]),
    ...(answers === undefined
      ? []
      : [
          answers.examples.length === 1 ? 'It answers:' : 'It answers one of:',
          json(...answers.examples.map((answer) => checked(name, answers.schema, answer))),
        ]),
  ];
}

/** An example as it is written here; the schema must accept it. */
function checked(name: string, schema: z.ZodType, example: unknown): unknown {
  const parsed = schema.safeParse(example);
  if (!parsed.success) throw new Error(`the example of '${name}' is refused: ${parsed.error.message}`);
  return example;
}

const json = (...values: readonly unknown[]): string =>
  values.map((value) => fenced('json', JSON.stringify(value, null, 2))).join('\n\n');

function argumentTable(schema: z.ZodType): string {
  return table(jsonSchemaOf(schema));
}

function table(schema: JsonSchema): string {
  return markdownTable(
    ['key', 'value', 'default', 'meaning'],
    keyRows(schema).map((row) => [`\`${row.path}\``, row.type, row.fallback, row.meaning]),
  );
}

function internalText(): string[] {
  return [
    '## Between the workflows',
    'These are not for people: each names the run that sends it, and one that does not come from the open run changes nothing.',
    markdownTable(
      ['name', 'what'],
      Object.entries(INTERNAL).map(([name, what]) => [`\`${name}\``, what]),
    ),
  ];
}

function reportsText(): string[] {
  const outcomes = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(', ');
  const { options: rollout } = reports.rolloutOutcomeSchema;
  const { options: none } = reports.noCandidateSchema;
  return [
    '## Results of the workflows',
    'A run that ends without a new champion is a normal result with a name, never an error.',
    markdownTable(
      ['workflow', 'ends as'],
      [
        [
          '`retrain/…`',
          `\`candidate\`, \`registered-only\` (asked without a rollout), or \`no-candidate\` because of ${outcomes(none)}`,
        ],
        ['`rollout/…`', outcomes(rollout)],
        ['`monitor/…`', `per trigger: ${outcomes(reports.triggerVerdictSchema.shape.outcome.options)}`],
      ],
    ),
    'What a retrain reports (its workflow result):',
    table(jsonSchemaOf(reports.retrainReportSchema)),
    'What a rollout reports:',
    table(jsonSchemaOf(reports.rolloutReportSchema)),
    'What a check reports:',
    table(jsonSchemaOf(reports.checkReportSchema)),
  ];
}
