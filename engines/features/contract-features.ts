import type { JS } from '@duckdb/node-api';
import type { Violation } from '../../domain/source.js';
import type { FeatureSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, inSpan, visibleUntil, type CandidateFeature } from './candidates.js';
import type { ContractScope } from './contract-scope.js';
import { count, literal } from './duck.js';

type NumberFeature = Extract<FeatureSpec, { type: 'number' }>;
type CategoryFeature = Extract<FeatureSpec, { type: 'category' }>;

/** Type, range, missing share and categories of every feature: one scan for all, a second one for those that look wrong. */
export async function featureChecks(
  scope: ContractScope,
): Promise<{ violations: Violation[]; warnings: string[] }> {
  const usable = scope.candidates.features.filter(({ column }) => column !== undefined);
  if (usable.length === 0 || scope.rows === 0) return { violations: [], warnings: [] };
  const parts = usable.flatMap((feature, index) => aggregates(feature, index));
  const profile = await scope.duck.row(`SELECT ${parts.join(', ')} FROM ${CANDIDATES} WHERE ${scope.where}`);
  const violations: Violation[] = [];
  const warnings: string[] = [];
  for (const [index, feature] of usable.entries()) {
    const seen = readProfile(profile, index);
    violations.push(...shareChecks(scope, feature, seen));
    if (feature.spec.type === 'number')
      violations.push(...(await rangeChecks(scope, { feature, spec: feature.spec, seen })));
    else if (feature.spec.values !== undefined)
      violations.push(...(await knownChecks(scope, feature, feature.spec)));
    else warnings.push(...(await newCategories(scope, feature)));
  }
  return { violations, warnings };
}

interface Profile {
  readonly present: number;
  readonly wrong: number;
  readonly min: number | null;
  readonly max: number | null;
}

function aggregates({ column, spec }: CandidateFeature, index: number): string[] {
  if (column === undefined) return [];
  const range =
    spec.type === 'number'
      ? [`min(${column.value}) AS min${index}`, `max(${column.value}) AS max${index}`]
      : [];
  const wrong = column.wrong === undefined ? '0' : `count(*) FILTER (${column.wrong})`;
  return [`count(${column.value}) AS present${index}`, `${wrong} AS wrong${index}`, ...range];
}

function readProfile(profile: Record<string, JS>, index: number): Profile {
  const number = (value: JS | undefined): number | null => (typeof value === 'number' ? value : null);
  return {
    present: count(profile[`present${index}`]),
    wrong: count(profile[`wrong${index}`]),
    min: number(profile[`min${index}`]),
    max: number(profile[`max${index}`]),
  };
}

function shareChecks(scope: ContractScope, { name, spec }: CandidateFeature, seen: Profile): Violation[] {
  const violations: Violation[] = [];
  if (seen.wrong > 0)
    violations.push({ kind: 'wrong-type', column: name, ...textFound(seen.wrong, scope.rows) });
  const missing = scope.rows - seen.present - seen.wrong;
  if (missing > spec.maxMissing * scope.rows) {
    violations.push({
      kind: 'missing-share',
      column: name,
      found: `${percent(missing / scope.rows)} missing (${missing} of ${scope.rows} rows)`,
      allowed: `at most ${percent(spec.maxMissing)}`,
      rows: missing,
    });
  }
  return violations;
}

/** What is found where numbers were promised and text came. */
export function textFound(rows: number, of: number): Pick<Violation, 'found' | 'allowed' | 'rows'> {
  return { found: `text that is no number in ${rows} of ${of} rows`, allowed: 'numbers', rows };
}

interface RangeCheck {
  readonly feature: CandidateFeature;
  readonly spec: NumberFeature;
  readonly seen: Profile;
}

async function rangeChecks(scope: ContractScope, { feature, spec, seen }: RangeCheck): Promise<Violation[]> {
  const value = feature.column?.value;
  const infinite = seen.max === Infinity || seen.min === -Infinity;
  const outside = (seen.max ?? 0) > (spec.max ?? Infinity) || (seen.min ?? 0) < (spec.min ?? -Infinity);
  if (value === undefined || seen.min === null || (!infinite && !outside)) return [];
  const below = spec.min === undefined ? 'false' : `v < ${spec.min}`;
  const above = spec.max === undefined ? 'false' : `v > ${spec.max}`;
  const found = await scope.duck.row(
    `SELECT count(*) FILTER (isinf(v)) AS infinite, count(*) FILTER (NOT isinf(v) AND (${below} OR ${above})) AS outside,
       min(v) FILTER (NOT isinf(v)) AS low, max(v) FILTER (NOT isinf(v)) AS high
     FROM (SELECT ${value} AS v FROM ${CANDIDATES} WHERE ${scope.where})`,
  );
  const violations: Violation[] = [];
  const column = feature.name;
  const of = `of ${scope.rows} rows`;
  const endless = count(found['infinite']);
  if (endless > 0) {
    violations.push({
      kind: 'not-finite',
      column,
      found: `infinity in ${endless} ${of}`,
      allowed: 'finite numbers',
      rows: endless,
    });
  }
  const out = count(found['outside']);
  if (out > 0) {
    const example =
      spec.max !== undefined && Number(found['high']) > spec.max
        ? `largest ${shown(found['high'])}`
        : `smallest ${shown(found['low'])}`;
    violations.push({
      kind: 'range',
      column,
      found: `${out} ${of} outside, ${example}`,
      allowed: rangeText(spec),
      rows: out,
    });
  }
  return violations;
}

function rangeText({ min, max }: NumberFeature): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}

async function knownChecks(
  scope: ContractScope,
  { name, column }: CandidateFeature,
  spec: CategoryFeature,
): Promise<Violation[]> {
  const known = (spec.values ?? []).map((value) => literal(String(value)));
  const sql = `SELECT count(*) AS n, count(DISTINCT v) AS kinds FROM (SELECT ${column?.value ?? 'NULL'} AS v FROM ${CANDIDATES} WHERE ${scope.where}) WHERE v NOT IN (${known.join(', ')})`;
  const found = await scope.duck.row(sql);
  const unknown = count(found['n']);
  if (unknown <= spec.maxUnknown * scope.rows) return [];
  return [
    {
      kind: 'unknown-category',
      column: name,
      found: `${percent(unknown / scope.rows)} in ${count(found['kinds'])} other categories (${unknown} of ${scope.rows} rows)`,
      allowed: `the ${known.length} categories of the spec, others in at most ${percent(spec.maxUnknown)}`,
      rows: unknown,
    },
  ];
}

/** Categories of validation and holdout that training never sees are scored as unknown: worth a warning. */
async function newCategories(scope: ContractScope, { name, column }: CandidateFeature): Promise<string[]> {
  if (column === undefined || !scope.candidates.timed) return [];
  const until = visibleUntil(scope.spec, scope.plan.asOf);
  const value = `(SELECT ${column.value} AS v FROM ${CANDIDATES} WHERE`;
  const trained = `SELECT DISTINCT v FROM ${value} ${inSpan(scope.plan.train, until)}) WHERE v IS NOT NULL`;
  const found = await scope.duck.row(
    `SELECT count(*) AS n, count(DISTINCT v) AS kinds FROM ${value} ${scope.where}) WHERE v NOT IN (${trained})`,
  );
  const rows = count(found['n']);
  if (rows === 0) return [];
  return [
    `new-category: ${name} has ${count(found['kinds'])} categories (${rows} rows) that the training block does not hold`,
  ];
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
const shown = (value: JS | undefined): string => String(Number(Number(value).toPrecision(6)));
