import type { LabelCounts, Violation } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { ContractScope } from './contract-scope.js';
import { count, type Duck } from './duck.js';
import { countWindowLabels } from './label-counts.js';
import type { OpenLabels } from './label-files.js';
import { LABEL_ROWS } from './label-rows.js';
import { labelSource, type LabelSource } from './label-source.js';
import type { OpenSource } from './open-source.js';

/** What the contract finds in labels that do not come with the rows. */
export interface LabelFindings {
  readonly violations: Violation[];
  readonly warnings: string[];
  /** Undefined where labels are a column of the rows. */
  readonly labels?: LabelCounts;
}

/**
 * Labels of a source of their own: their columns, and values that nobody can read, by file and column. Labels that are late,
 * repeated, corrected, contradictory or without a row are normal: they are counted and told as warnings. `unmatched` says that no file
 * has come.
 */
export async function labelFileChecks(
  scope: ContractScope,
  open: OpenSource,
  unmatched?: string,
): Promise<LabelFindings> {
  const own = labelSource(scope.spec);
  if (own === undefined || open.labels === undefined) return { violations: [], warnings: [] };
  // One bad post must not stop every retrain: of feedback everything is counted, and nothing is a broken promise.
  const violations = own.feedback
    ? []
    : [...arrivedFiles(scope.spec, unmatched), ...(await fileViolations(scope, own, open.labels))];
  const labels = await countWindowLabels(scope.duck, scope.spec, scope.plan);
  if (labels === undefined) return { violations, warnings: [] };
  return { violations, warnings: describe(labels, own), labels };
}

async function fileViolations(
  scope: ContractScope,
  own: LabelSource,
  labels: OpenLabels,
): Promise<Violation[]> {
  return [...missingColumns(scope.spec, own, labels), ...(await unreadable(scope, own, labels))];
}

function arrivedFiles(spec: ModelSpec, found: string | undefined): Violation[] {
  if (found === undefined) return [];
  return [{ kind: 'missing-label', column: spec.task.label, found, allowed: 'at least one label file' }];
}

function missingColumns(spec: ModelSpec, { key, arrival }: LabelSource, labels: OpenLabels): Violation[] {
  if (labels.relation === undefined) return [];
  const wanted = [key, spec.task.label, ...(arrival === undefined ? [] : [arrival])];
  return wanted.flatMap((column): Violation[] => {
    const lacking = labels.stated.filter(({ columns }) => columns !== undefined && !columns.includes(column));
    const nowhere = !labels.types.has(column);
    if (!nowhere && lacking.length === 0) return [];
    const total = labels.stated.length;
    const file = lacking[0]?.path ?? labels.stated[0]?.path ?? '';
    const found = nowhere
      ? `no such column in the label files, e.g. ${file}`
      : `none in ${lacking.length} of ${total} label files, e.g. ${file}`;
    return [{ kind: 'missing-column', column, found, allowed: 'a column of this name in every label file' }];
  });
}

/** Values that are there and cannot be used. A column that is missing altogether is told once, as such. */
async function unreadable(
  { duck, spec }: ContractScope,
  { key, arrival }: LabelSource,
  labels: OpenLabels,
): Promise<Violation[]> {
  const checks = [
    { kind: 'missing-key', column: key, where: 'id IS NULL', what: 'no key', allowed: 'a key in every row' },
    {
      kind: 'wrong-type',
      column: spec.task.label,
      where: 'wrong',
      what: 'text that is no number',
      allowed: 'numbers',
    },
    {
      kind: 'event-time',
      column: arrival ?? '',
      where: 'undated',
      what: 'no readable time of arrival',
      allowed: 'ISO 8601 dates and times in every row',
    },
  ] as const;
  const violations: Violation[] = [];
  for (const { kind, column, where, what, allowed } of checks) {
    if (!labels.types.has(column)) continue;
    const { rows, file } = await worst(duck, where, labels);
    const found = `${what} in ${rows} rows of label files, e.g. ${file}`;
    if (rows > 0) violations.push({ kind, column, found, allowed, rows });
  }
  return violations;
}

async function worst(
  duck: Duck,
  where: string,
  { names }: OpenLabels,
): Promise<{ rows: number; file: string }> {
  const seen = await duck.row(`SELECT count(*) AS n, min(file) AS file FROM ${LABEL_ROWS} WHERE ${where}`);
  return { rows: count(seen['n']), file: names.get(String(seen['file'])) ?? '' };
}

interface Kind {
  readonly name: keyof LabelCounts;
  readonly what: string;
}

const KINDS: readonly Kind[] = [
  { name: 'repeated', what: 'label rows say again what is known' },
  { name: 'corrected', what: 'keys have a label that a later arrival changed; the newest counts' },
  { name: 'conflicting', what: 'keys have different labels of one arrival; none of them is used' },
  { name: 'withoutRow', what: 'keys with a label have no row' },
  { name: 'withoutLabel', what: 'label rows hold no label' },
  { name: 'notYet', what: 'label rows arrived after as-of; they are not seen' },
];

const BY_FEEDBACK: readonly Kind[] = [
  { name: 'withoutKey', what: 'posts of feedback name no row and no prediction of the log' },
  { name: 'unusable', what: 'posts of feedback hold a label that no model can learn; they are left out' },
  { name: 'inRows', what: 'keys with feedback have a label in the rows; that one counts' },
];

function describe(counts: LabelCounts, { feedback }: LabelSource): string[] {
  const waiting =
    counts.unlabelled === 0
      ? []
      : [`labels: ${counts.unlabelled} rows of the window have no label yet; they are left out`];
  if (feedback && counts.rows === 0) waiting.push('labels: no feedback has come yet');
  const kinds = feedback ? [...KINDS, ...BY_FEEDBACK] : KINDS;
  const told = kinds.filter(({ name }) => (counts[name] ?? 0) > 0);
  return [...waiting, ...told.map(({ name, what }) => `labels: ${counts[name] ?? 0} ${what}`)];
}
