import type { ModelSpec } from '../../domain/spec/spec.js';
import { labelKind } from './candidates.js';
import { epochMs, numbersAt, orNaN, presentTextAt, readColumns, type Column } from './columns.js';
import { count, identifier, literal, withDuck, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { BLOCKS, type BlockName, type Labels, type Table } from './table.js';

/** A column of few different texts, read as codes. */
interface Coded {
  readonly sql: string;
  readonly levels: readonly string[];
}

/** Reads a snapshot that `takeSnapshot` wrote for the same spec, block by block, in its order of rows. */
export async function loadBlocks(
  config: EngineConfig,
  { spec, snapshotPath }: { readonly spec: ModelSpec; readonly snapshotPath: string },
): Promise<Record<BlockName, Table>> {
  return withDuck(config.limits, async (duck) => {
    const relation = `read_parquet(${literal(snapshotPath)})`;
    const sizes = await duck.rows(`SELECT block, count(*) AS n FROM ${relation} GROUP BY block`);
    const names = Object.entries(spec.features).filter(([, { type }]) => type === 'category');
    const texts = [...names.map(([name]) => name), ...(labelKind(spec) === 'number' ? [] : ['label'])];
    const coded = new Map<string, Coded>();
    for (const [index, name] of texts.entries())
      coded.set(name, await codes(duck, relation, { name, index }));
    const load = async (block: BlockName): Promise<Table> => {
      const rows = count(sizes.find((size) => size['block'] === block)?.['n']);
      const from = `${relation} WHERE block = ${literal(block)}`;
      return readBlock(duck, spec, { from, rows, coded });
    };
    const [train, validation, holdout] = BLOCKS;
    return { train: await load(train), validation: await load(validation), holdout: await load(holdout) };
  });
}

/** Reads the different values once, so that a million rows share a handful of strings. */
async function codes(
  duck: Duck,
  relation: string,
  { name, index }: { readonly name: string; readonly index: number },
): Promise<Coded> {
  const column = identifier(name);
  await duck.run(
    `CREATE TYPE text${index} AS ENUM (SELECT DISTINCT ${column} FROM ${relation} WHERE ${column} IS NOT NULL ORDER BY 1)`,
  );
  const levels = await duck.rows(`SELECT unnest(enum_range(NULL::text${index}))::VARCHAR AS level`);
  return {
    sql: orNaN(`enum_code(${column}::text${index})::DOUBLE`),
    levels: levels.map(({ level }) => String(level)),
  };
}

interface Block {
  readonly from: string;
  readonly rows: number;
  readonly coded: ReadonlyMap<string, Coded>;
}

async function readBlock(duck: Duck, spec: ModelSpec, { from, rows, coded }: Block): Promise<Table> {
  const names = Object.keys(spec.features);
  const value = (name: string): string => coded.get(name)?.sql ?? orNaN(identifier(name));
  const select = ['key', epochMs('event_time'), value('label'), ...names.map(value)];
  const kinds = ['text' as const, ...select.slice(1).map(() => 'number' as const)];
  const { columns } = await readColumns(duck, {
    sql: `SELECT ${select.join(', ')} FROM ${from}`,
    kinds,
    rows,
  });
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const [index, name] of names.entries()) {
    const own = coded.get(name);
    if (own === undefined) numbers[name] = numbersAt(columns, index + 3);
    else categories[name] = decode(columns, index + 3, own);
  }
  const keys = presentTextAt(columns, 0);
  return {
    rows,
    keys,
    eventTimes: numbersAt(columns, 1),
    numbers,
    categories,
    label: labelsOf(columns, coded.get('label')),
  };
}

function labelsOf(columns: readonly Column[], coded: Coded | undefined): Labels {
  return coded === undefined ? numbersAt(columns, 2) : decode(columns, 2, coded).map((label) => label ?? '');
}

const decode = (columns: readonly Column[], index: number, { levels }: Coded): (string | null)[] =>
  Array.from(numbersAt(columns, index), (code) => levels[code] ?? null);
