import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { PerennialError } from '../../../domain/errors.js';
import { modelNameSchema } from '../../../domain/references.js';
import { parseSpec } from '../../../domain/spec/parse-spec.js';
import type { ModelSpec } from '../../../domain/spec/spec.js';
import { withColumnFacts } from '../../../engines/tables/column-facts.js';
import { annotatedYaml } from '../../init/annotated-yaml.js';
import { draftSpec } from '../../init/draft-spec.js';
import { commandLine } from '../../servers/project-root.js';
import type { Cli } from '../cli.js';
import { shellWord } from '../shell-word.js';

interface InitFlags {
  readonly label?: string;
  readonly time?: string;
  readonly model?: string;
  readonly out?: string;
  readonly force?: boolean;
}

const DEFAULT_OUT = 'model.yaml';

/** `perennial init <data>` */
export function addInit(cli: Cli): void {
  cli.add<InitFlags>({
    usage: 'init <data>',
    summary: 'write a first spec from a data file',
    details:
      'Reads CSV, Parquet or JSON lines (also a glob) and guesses label, task, event time, features, ranges and windows.\nEvery guess is explained in a comment; probable leaks and ids are left out. Needs no server.',
    example: 'perennial init examples/bike-sharing/bike-sharing.parquet --label cnt',
    connects: false,
    flags: (command) =>
      command
        .option('--label <column>', 'what is to be predicted (default: guessed)')
        .option('--time <column>', 'when a row happened (default: guessed)')
        .option('--model <name>', 'name of the model (default: from the file)')
        .option('--out <file>', `where the spec goes (default: ${DEFAULT_OUT})`)
        .option('--force', 'replace a file that is there'),
    action: async ({ print, paint }, [data = ''], flags) => {
      const out = flags.out ?? DEFAULT_OUT;
      if (existsSync(out) && flags.force !== true) throw occupied(out);
      const place = placeOf(data);
      const model = checkedName(flags.model ?? modelName(data));
      const draft = await withColumnFacts(data, (table) =>
        draftSpec(table, { model, rows: place.rows, ...flags }),
      );
      const spec = parseSpec(draft.spec);
      writeFileSync(out, annotatedYaml(draft));
      print({ out, spec: draft.spec, warnings: draft.warnings }, () => [
        paint('good', `${out} holds a first spec of ${model}`),
        toldOf(spec),
        ...draft.warnings.map((warning) => paint('attention', `look at this: ${warning}`)),
        ...nextCommands({ run: commandLine, out, root: place.root, model }),
      ]);
      return undefined;
    },
  });
}

/** What the whole spec rests on: a wrong guess here trains the wrong model. */
const toldOf = ({ task, source, features }: ModelSpec): string =>
  `It predicts ${task.label}, from ${Object.keys(features).length} features; ${source.eventTime} says when. --label and --time name others.`;

/** Specs name files below a data root; the root is this folder, or the file's own where that lies elsewhere. */
function placeOf(data: string): { readonly rows: string; readonly root: string } {
  const path = relative(process.cwd(), resolve(data)).replaceAll('\\', '/');
  if (path !== '' && !path.startsWith('..') && !isAbsolute(path)) return { rows: path, root: '.' };
  return { rows: basename(data), root: dirname(data) };
}

function checkedName(name: string): string {
  if (modelNameSchema.safeParse(name).success) return name;
  throw new PerennialError({
    type: 'bad-input',
    thing: '--model',
    value: name,
    allowed: 'a lower-case letter, then up to 62 lower-case letters, digits or hyphens',
    next: 'Choose another name.',
  });
}

/** A model's name from that of its file or folder. */
function modelName(data: string): string {
  const stem = basename(data).replace(/\.[a-z]+$/i, '');
  const named = /[*?[]/.test(stem) ? basename(dirname(resolve(data))) : stem;
  const slug = named
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 60);
  return slug === '' ? 'model' : slug;
}

interface Next {
  readonly run: string;
  readonly out: string;
  readonly root: string;
  readonly model: string;
}

/** The three commands that lead from the spec to a version that serves, in columns. */
function nextCommands({ run, out, root, model }: Next): string[] {
  const steps = [
    [`up --data ${shellWord(root)}`, 'Temporal, a worker, serving: until Ctrl-C'],
    [`apply ${shellWord(out)} --wait`, 'in another terminal: trains the first version'],
    [`approve ${model}`, 'it serves'],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  return ['', 'Next:', ...steps.map(([command, what]) => `  ${run} ${command.padEnd(width)}   ${what}`)];
}

const occupied = (out: string): PerennialError =>
  new PerennialError({
    type: 'bad-input',
    thing: out,
    value: 'there already',
    allowed: 'a file that does not exist yet',
    next: 'Name another file with --out, or replace it with --force.',
  });
