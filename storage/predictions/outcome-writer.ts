import { join } from 'node:path';
import { objectKey } from '../../domain/names.js';
import { outcomeRowSchema, type OutcomeRow } from '../../domain/predictions.js';
import type { LogWriterOptions } from './prediction-writer.js';
import { openSegmentLog } from './segment-log.js';

/** Outcomes that are remembered to recognise a repeated one; older ones are recognised by whoever joins them. */
const REMEMBERED = 1_000_000;

/** Writes the labels that reached one replica by feedback. */
export interface OutcomeWriter {
  /**
   * Takes outcomes that are new to this replica, also over restarts: the same label for the same prediction id (or key, where
   * there is none) is a duplicate. Throws `store-unavailable` while the first call cannot read what was stored before.
   */
  append(rows: readonly OutcomeRow[]): Promise<{ accepted: number; duplicates: number }>;
  /** Like the prediction writer's. */
  flush(): Promise<void>;
  /** Flushes and closes. */
  close(): Promise<void>;
  /** Rows that are known to be lost. */
  lost(): number;
}

/** Opens the feedback log of one replica. */
export function openOutcomeWriter({ store, model, replica, spool }: LogWriterOptions): OutcomeWriter {
  const log = openSegmentLog({
    store,
    prefix: `${objectKey.outcomes(model)}${replica}/`,
    spool: join(spool, 'outcomes', model, replica),
  });
  let loading: Promise<Set<string>> | undefined;
  const remembered = (): Promise<Set<string>> => {
    loading ??= log.lines().then((lines) => new Set(lines.slice(-REMEMBERED).map(identityOfLine)));
    loading.catch(() => (loading = undefined));
    return loading;
  };
  return {
    append: async (rows) => {
      const seen = await remembered();
      const fresh = rows.filter((row) => remember(seen, identity(row)));
      log.append(fresh.map((row) => JSON.stringify(row)));
      return { accepted: fresh.length, duplicates: rows.length - fresh.length };
    },
    flush: log.flush,
    close: log.close,
    lost: log.lost,
  };
}

/** What makes two outcomes one. */
function identity(row: OutcomeRow): string {
  const subject = row.prediction_id === null ? ['key', row.key] : ['id', row.prediction_id];
  return JSON.stringify([...subject, row.label]);
}

function identityOfLine(line: string): string {
  const parsed = outcomeRowSchema.safeParse(JSON.parse(line));
  return parsed.success ? identity(parsed.data) : line;
}

/** Adds an identity; false when it was there. Forgets the oldest beyond the limit. */
function remember(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > REMEMBERED) {
    const [oldest] = seen;
    if (oldest !== undefined) seen.delete(oldest);
  }
  return true;
}
