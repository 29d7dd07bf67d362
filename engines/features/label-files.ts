import type { ArtifactRef } from '../../domain/references.js';
import type { SourceManifest } from '../../domain/source.js';
import { FEEDBACK } from '../../domain/spec/labels-section.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Duck } from './duck.js';
import type { EngineConfig } from './engine-config.js';
import { columnsOf } from './file-facts.js';
import { stageFeedback } from './frozen-feedback.js';
import { labelSource } from './label-source.js';
import { asRead, type Meant, type Reading } from './reading-sql.js';
import { formatOf, readSql } from './source-format.js';
import { restage } from './source-staging.js';

/** The columns that one file states, with repetitions. */
export interface StatedColumns {
  readonly path: string;
  readonly columns: readonly string[] | undefined;
}

/** Column of {@link OpenLabels.relation} with the staged path of the file that a row is from. */
export const FILE_COLUMN = 'perennial_file';

/** Frozen label files or feedback, readable by SQL. */
export interface OpenLabels {
  /** Table expression of all label rows with {@link FILE_COLUMN}; undefined when no file has come yet. */
  readonly relation: string | undefined;
  /** DuckDB type of every column, by name as stated. */
  readonly types: ReadonlyMap<string, string>;
  /** What people call each staged file. */
  readonly names: ReadonlyMap<string, string>;
  readonly stated: readonly StatedColumns[];
}

/** Opens the labels of a frozen source; throws as `withSource` does. */
export async function openLabels(
  config: EngineConfig,
  { duck, source, spec }: { readonly duck: Duck; readonly source: SourceManifest; readonly spec: ModelSpec },
): Promise<OpenLabels> {
  const fed = source.labels?.feedback;
  if (fed !== undefined) return openFeedback(config, duck, fed);
  const files = source.labels?.files ?? [];
  if (files.length === 0) return { relation: undefined, types: new Map(), names: new Map(), stated: [] };
  const staged = await restage(files, config);
  const format = formatOf(files.map(({ path }) => path));
  const written = readSql(format, staged, FILE_COLUMN);
  const found = await typesOf(duck, written);
  const relation = asRead(written, found, { ...readingOf(spec), meant: meantByLabels(spec) });
  const stated: StatedColumns[] = [];
  for (const [index, { path, sha256 }] of files.entries()) {
    const columns = await columnsOf(duck, { format, sha256, staged: staged[index] ?? '' });
    stated.push({ path, columns });
  }
  return {
    relation,
    types: relation === written ? found : await typesOf(duck, relation),
    names: new Map(files.map(({ path }, index) => [staged[index] ?? '', path])),
    stated,
  };
}

/** Label files are written as the rows are, but for what `source.labels` says of them. */
function readingOf({ source }: ModelSpec): Reading {
  const { decimal, missing, timeFormat, labels } = source;
  return {
    decimal: labels.decimal ?? decimal,
    missing: labels.missing ?? missing,
    timeFormat: labels.timeFormat ?? timeFormat,
  };
}

/** What names a row is a time where the event time identifies rows. */
function meantByLabels(spec: ModelSpec): Meant {
  const own = labelSource(spec);
  const byTime = own?.join === 'key' && (spec.source.key ?? spec.source.eventTime) === spec.source.eventTime;
  return {
    time: (name) => name === own?.arrival || (byTime && name === own.key),
    number: (name) => spec.task.kind === 'regression' && name === own?.label,
  };
}

async function openFeedback(config: EngineConfig, duck: Duck, ref: ArtifactRef): Promise<OpenLabels> {
  const path = await stageFeedback(config, ref);
  const relation = readSql('parquet', [path], FILE_COLUMN);
  return { relation, types: await typesOf(duck, relation), names: new Map([[path, FEEDBACK]]), stated: [] };
}

async function typesOf(duck: Duck, relation: string): Promise<Map<string, string>> {
  const described = await duck.rows(`DESCRIBE SELECT * EXCLUDE (${FILE_COLUMN}) FROM ${relation}`);
  return new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
}
