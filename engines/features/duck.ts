import { namedDuckFailure } from './duck-failures.js';
import { tellable } from './duck-message.js';
import { DuckDBInstance, type DuckDBConnection, type DuckDBDataChunk, type JS } from '@duckdb/node-api';

/** Limits of one embedded database. */
export interface DuckLimits {
  /** Threads of a scan. Results do not depend on it. */
  readonly threads: number;
  /** Memory as DuckDB writes it, e.g. `2GB`; beyond it, DuckDB spills to `tempDirectory`. */
  readonly memoryLimit: string;
  readonly tempDirectory: string;
  /** Most that one call may spill, as DuckDB writes it. @default nine tenths of the free disk */
  readonly spillLimit?: string | undefined;
  /** Interrupts what runs when it aborts; the call then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A private in-memory database that lives as long as one call. */
export interface Duck {
  /** Runs statements for their effect. */
  run(sql: string): Promise<void>;
  /** All rows of a small result, values as JavaScript values (BIGINT as bigint). */
  rows(sql: string): Promise<Record<string, JS>[]>;
  /** The first row of a small result; throws a RangeError when there is none. */
  row(sql: string): Promise<Record<string, JS>>;
  /** Hands over a big result chunk by chunk; vectors are valid only during the call. */
  stream(sql: string, onChunk: (chunk: DuckDBDataChunk) => void): Promise<void>;
}

/**
 * Opens a database for `use` and closes it whatever happens. Extensions are neither looked for nor loaded. Throws a PerennialError
 * `out-of-memory` or `disk-full` where a limit or the disk is too small; another error of the engine shows no value of a row.
 */
export async function withDuck<T>(limits: DuckLimits, use: (duck: Duck) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.threads),
    memory_limit: limits.memoryLimit,
    temp_directory: limits.tempDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    try {
      // As an option of `create`, DuckDB 1.5 shows the limit and does not keep it.
      if (limits.spillLimit !== undefined)
        await connection.run(`SET max_temp_directory_size = ${literal(limits.spillLimit)}`);
      return await interruptible(connection, limits, use);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function interruptible<T>(
  connection: DuckDBConnection,
  limits: DuckLimits,
  use: (duck: Duck) => Promise<T>,
): Promise<T> {
  const { signal } = limits;
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    return await use(bind(connection, limits));
  } catch (error) {
    signal?.throwIfAborted();
    throw tellable(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** An interrupt ends the statement that runs; the check before each ends what would come after it. */
function bind(connection: DuckDBConnection, limits: DuckLimits): Duck {
  const { signal } = limits;
  const named = async <T>(statement: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await statement();
    } catch (error) {
      throw namedDuckFailure(error, limits);
    }
  };
  const rows = (sql: string): Promise<Record<string, JS>[]> =>
    named(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS());
  return {
    run: async (sql) => {
      await named(() => connection.run(sql));
    },
    rows,
    row: async (sql) => {
      const [first] = await rows(sql);
      if (first === undefined)
        throw new RangeError(`result of '${sql.slice(0, 60)}' is empty; expected one row`);
      return first;
    },
    stream: async (sql, onChunk) => {
      const result = await named(() => connection.stream(sql));
      const next = () => named(() => result.fetchChunk());
      for (let chunk = await next(); chunk !== null && chunk.rowCount > 0; chunk = await next()) {
        signal?.throwIfAborted();
        onChunk(chunk);
      }
    },
  };
}

/** A text as SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** An instant as SQL literal of type TIMESTAMPTZ. */
export const instantLiteral = (iso: string): string => `TIMESTAMPTZ ${literal(iso)}`;

/** A count that DuckDB gave as BIGINT, or null for an aggregate over nothing. */
export const count = (value: JS | undefined): number =>
  value === null || value === undefined ? 0 : Number(value);
