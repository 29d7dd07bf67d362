import { count, type Duck } from './duck.js';
import { countSql, statedColumns, type SourceFormat } from './source-format.js';

/** What one staged file's bytes say of themselves. */
interface FileFacts {
  rows?: number;
  /** Names as stated; undefined inside where the format states none. */
  columns?: { readonly stated: readonly string[] | undefined };
}

/** Files of one process, newest last. What is remembered follows from the digest alone, so it never goes stale. */
const remembered = new Map<string, FileFacts>();
const MOST_FILES = 20_000;

/** A staged file: bytes with a known digest. */
export interface DigestedFile {
  readonly format: SourceFormat;
  readonly sha256: string;
  readonly staged: string;
}

/** Rows of a file if this process has counted them before. */
export const knownRows = ({ format, sha256 }: Omit<DigestedFile, 'staged'>): number | undefined =>
  remembered.get(`${format}/${sha256}`)?.rows;

/** Rows of a file. Throws what DuckDB throws when it cannot be read. */
export async function countRowsOf(duck: Duck, file: DigestedFile): Promise<number> {
  const facts = factsOf(file);
  facts.rows ??= count((await duck.row(countSql(file.format, file.staged)))['n']);
  return facts.rows;
}

/** The columns that a file states, with repetitions; undefined where its format states none. */
export async function columnsOf(duck: Duck, file: DigestedFile): Promise<readonly string[] | undefined> {
  const facts = factsOf(file);
  facts.columns ??= { stated: await statedColumns(duck, file.format, file.staged) };
  return facts.columns.stated;
}

function factsOf({ format, sha256 }: DigestedFile): FileFacts {
  const key = `${format}/${sha256}`;
  const facts = remembered.get(key) ?? {};
  remembered.delete(key);
  remembered.set(key, facts);
  const [oldest] = remembered.keys();
  if (remembered.size > MOST_FILES && oldest !== undefined) remembered.delete(oldest);
  return facts;
}
