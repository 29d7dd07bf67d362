import { IANAZone } from 'luxon';
import { PerennialError } from '../../domain/errors.js';
import type { SourceManifest } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { literal, withDuck, type Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { columnsOf } from './file-facts.js';
import { openLabels, type OpenLabels, type StatedColumns } from './label-files.js';
import { labelSource } from './label-source.js';
import { asRead, meantByRows } from './reading-sql.js';
import { formatOf, readSql, type SourceFormat } from './source-format.js';
import { restage } from './source-staging.js';

/** Frozen rows, readable by SQL. */
export interface OpenSource {
  readonly duck: Duck;
  readonly format: SourceFormat;
  /** Table expression of all rows with the columns as the files hold them, but for what the spec says of how they are written. */
  readonly relation: string;
  /** DuckDB type of every column, by name as stated. */
  readonly types: ReadonlyMap<string, string>;
  /** Reads the columns that each file states; undefined where the format states none. */
  stated(): Promise<StatedColumns[]>;
  /** Labels of a source of their own; undefined when they are a column of the rows. */
  readonly labels: OpenLabels | undefined;
}

/**
 * Opens a frozen source for one call: checks the digests of the staged files, re-stages what is gone, and sets the session's
 * time zone to the source's. Throws `source-changed`, `source-unreadable`, or `spec-invalid` for an unknown time zone.
 */
export async function withSource<T>(
  config: EngineConfig,
  { spec, source }: { readonly spec: ModelSpec; readonly source: SourceManifest },
  use: (open: OpenSource) => Promise<T>,
): Promise<T> {
  requireZone(spec.source.timeZone);
  const staged = await restage(source.files, config);
  const format = formatOf(source.files.map((file) => file.path));
  return withDuck(config.limits, async (duck) => {
    await duck.run(`SET TimeZone = ${literal(spec.source.timeZone)}`);
    const written = readSql(format, staged);
    try {
      const found = await typesOf(duck, written);
      const relation = asRead(written, found, { ...spec.source, meant: meantByRows(spec) });
      const types = relation === written ? found : await typesOf(duck, relation);
      const stated = async (): Promise<StatedColumns[]> => {
        const files: StatedColumns[] = [];
        for (const [index, { path, sha256 }] of source.files.entries()) {
          files.push({
            path,
            columns: await columnsOf(duck, { format, sha256, staged: staged[index] ?? '' }),
          });
        }
        return files;
      };
      const labels = labelSource(spec) && (await openLabels(config, { duck, source, spec }));
      return await use({ duck, format, relation, types, stated, labels });
    } catch (error) {
      throw readable(error, source);
    }
  });
}

async function typesOf(duck: Duck, relation: string): Promise<Map<string, string>> {
  const described = await duck.rows(`DESCRIBE SELECT * FROM ${relation}`);
  return new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
}

function requireZone(timeZone: string): void {
  if (IANAZone.isValidZone(timeZone)) return;
  throw new PerennialError({
    type: 'spec-invalid',
    thing: 'source.timeZone',
    value: timeZone,
    allowed: "an IANA time zone such as 'UTC' or 'America/New_York'",
    next: 'Correct the name in the spec.',
  });
}

/** Replaces staged paths by the names people know; errors of ours pass unchanged. */
function readable(error: unknown, source: SourceManifest): unknown {
  if (error instanceof PerennialError || !(error instanceof Error)) return error;
  const labels = source.labels?.files ?? [];
  const file = [...source.files, ...labels].find(({ sha256 }) => error.message.includes(sha256));
  if (file === undefined) return error;
  return new PerennialError(
    {
      type: 'source-unreadable',
      thing: `${labels.includes(file) ? 'label' : 'source'} file ${file.path}`,
      allowed: 'rows that can be read to the end',
      next: 'Deliver the file again.',
    },
    { cause: error },
  );
}
