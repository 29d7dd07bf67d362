import type { JS } from '@duckdb/node-api';
import { instant } from '../../domain/references.js';
import type { SourceManifest, WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { CANDIDATES, inSpan, visibleUntil, type Candidates } from './candidates.js';
import { count, literal, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { withSource } from './open-source.js';
import { createSqlCandidates, VISIBLE } from './sql-candidates.js';

/** Which rows the gate looks at. */
export interface PointInTimeRequest {
  readonly spec: ModelSpec;
  readonly source: SourceManifest;
  readonly plan: WindowPlan;
  /** Chooses the rows: equal seeds choose equal rows. */
  readonly seed: number;
  /** @default 50 */
  readonly rows?: number;
}

/** A feature whose trained value was not known at the row's own event time. */
export interface Leak {
  /** The feature, or `(row)` when the row itself would not have been there. */
  readonly column: string;
  readonly key: string;
  readonly trained: number | string | null;
  readonly visible: number | string | null;
}

/** What the gate found. `checked` rows were computed again. */
export interface PointInTimeReport {
  readonly leaks: Leak[];
  readonly checked: number;
}

/**
 * The point-in-time gate: runs `source.sql` again for seeded rows of the window, each on what was visible at the row's own event
 * time (other rows after their lateness, labels after their delay, its own inputs at once), and compares with what training reads.
 * Numbers may differ by a billionth, as sums over other rows may be added in another order. Without SQL there is nothing to leak:
 * a row's features are its own columns, and no row is checked.
 */
export async function pointInTimeGate(
  config: EngineConfig,
  { spec, source, plan, seed, rows = 50 }: PointInTimeRequest,
): Promise<PointInTimeReport> {
  const { sql } = spec.source;
  if (sql === undefined) return { leaks: [], checked: 0 };
  return withSource(config, { spec, source }, async (open) => {
    const { candidates, again } = await createSqlCandidates(open, { spec, sql, asOf: plan.asOf });
    const where = inSpan({ from: plan.train.from, to: plan.holdout.to }, visibleUntil(spec, plan.asOf));
    const chosen = await open.duck.rows(
      `SELECT key, epoch_ms(moment)::DOUBLE AS at FROM ${CANDIDATES} WHERE ${where} AND key IS NOT NULL
       ORDER BY md5(key || ':${Math.trunc(seed)}'), key LIMIT ${Math.trunc(rows)}`,
    );
    const leaks: Leak[] = [];
    for (const row of chosen) {
      const key = String(row['key']);
      await again({ at: instant(Number(row['at'])), asking: key });
      leaks.push(...(await compare(open.duck, candidates, key)));
    }
    return { leaks, checked: chosen.length };
  });
}

async function compare(duck: Duck, { features }: Candidates, key: string): Promise<Leak[]> {
  const usable = features.filter(({ column }) => column !== undefined);
  const columns = usable.map(({ column }, index) => `${column?.value ?? 'NULL'} AS v${index}`);
  const of = (table: string): string =>
    `SELECT count(*) OVER () AS n, ${columns.join(', ')} FROM ${table} WHERE key = ${literal(key)} LIMIT 1`;
  const [trained] = await duck.rows(of(CANDIDATES));
  const [visible] = await duck.rows(of(VISIBLE));
  const [before, now] = [count(trained?.['n']), count(visible?.['n'])];
  if (before !== now) return [{ column: '(row)', key, trained: before, visible: now }];
  return usable.flatMap(({ name }, index) => {
    const leak = {
      column: name,
      key,
      trained: value(trained?.[`v${index}`]),
      visible: value(visible?.[`v${index}`]),
    };
    return equal(leak.trained, leak.visible) ? [] : [leak];
  });
}

const value = (raw: JS | undefined): number | string | null =>
  typeof raw === 'number' || typeof raw === 'string' ? raw : null;

function equal(a: number | string | null, b: number | string | null): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
