import type { ModelSpec } from '../../domain/spec/spec.js';
import { labelKind } from './candidates.js';
import { numbersAt, presentTextAt, readColumns, textAt, type Column } from './columns.js';
import { count, literal, withDuck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { FIXED_COLUMNS, snapshotKinds } from './snapshot-layout.js';
import { snapshotSelect } from './take-snapshot.js';
import { BLOCKS, type BlockName, type Labels, type Table } from './table.js';

/** Reads a snapshot that {@link takeSnapshot} wrote for the same spec, block by block, in its order of rows. */
export async function loadBlocks(
  config: EngineConfig,
  { spec, snapshotPath }: { readonly spec: ModelSpec; readonly snapshotPath: string },
): Promise<Record<BlockName, Table>> {
  return withDuck(config.limits, async (duck) => {
    const relation = `read_parquet(${literal(snapshotPath)})`;
    const sizes = await duck.rows(`SELECT block, count(*) AS n FROM ${relation} GROUP BY block`);
    const load = async (block: BlockName): Promise<Table> => {
      const rows = count(sizes.find((size) => size['block'] === block)?.['n']);
      const sql = `SELECT ${snapshotSelect(spec)} FROM ${relation} WHERE block = ${literal(block)}`;
      const { columns } = await readColumns(duck, { sql, kinds: snapshotKinds(spec), rows });
      return toTable(spec, columns, rows);
    };
    const [train, validation, holdout] = BLOCKS;
    return { train: await load(train), validation: await load(validation), holdout: await load(holdout) };
  });
}

function toTable(spec: ModelSpec, columns: readonly Column[], rows: number): Table {
  const numbers: Record<string, Float64Array> = {};
  const categories: Record<string, (string | null)[]> = {};
  for (const [index, [name, feature]] of Object.entries(spec.features).entries()) {
    const at = FIXED_COLUMNS.length + index;
    if (feature.type === 'number') numbers[name] = numbersAt(columns, at);
    else categories[name] = textAt(columns, at);
  }
  const label: Labels = labelKind(spec) === 'number' ? numbersAt(columns, 3) : presentTextAt(columns, 3);
  return {
    rows,
    keys: presentTextAt(columns, 0),
    eventTimes: numbersAt(columns, 1),
    numbers,
    categories,
    label,
  };
}
