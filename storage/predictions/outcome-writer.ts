import { join } from 'node:path';
import { objectKey } from '../../domain/names.js';
import { outcomeRowSchema, type OutcomeRow } from '../../domain/predictions.js';
import type { LogWriterOptions } from './prediction-writer.js';
import { epoch } from '../../domain/references.js';
import { openSegmentLog } from './segment-log.js';

/** Outcomes that are remembered to recognise a repeated one; older ones are recognised by whoever joins them. */
const REMEMBERED = 1_000_000;

/** The same label again within this is a repeated request; later it is a statement of its own. @format milliseconds */
const REPEATED_WITHIN_MS = 3_600_000;

/** Writes the labels that reached one replica by feedback. */
export interface OutcomeWriter {
  /**
   * Takes outcomes that are new to this replica, also over restarts: the label that a prediction id (or key, where there is none) has
   * already is a duplicate for an hour. After that another replica may have taken a correction meanwhile, which it then takes back. Throws `store-unavailable` while the first call cannot read what was stored before.
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
  let loading: Promise<Map<string, Kept>> | undefined;
  const remembered = (): Promise<Map<string, Kept>> => {
    loading ??= log.lines().then((lines) => rememberedIn(lines.slice(-REMEMBERED)));
    loading.catch(() => (loading = undefined));
    return loading;
  };
  return {
    append: async (rows) => {
      const seen = await remembered();
      const fresh = rows.filter((row) => remember(seen, row));
      log.append(fresh.map((row) => JSON.stringify(row)));
      return { accepted: fresh.length, duplicates: rows.length - fresh.length };
    },
    flush: log.flush,
    close: log.close,
    lost: log.lost,
  };
}

/** The newest label of a subject that this replica took. */
interface Kept {
  readonly label: OutcomeRow['label'];
  /** Epoch milliseconds. */
  readonly at: number;
}

const subjectOf = ({ prediction_id: id, key }: OutcomeRow): string =>
  JSON.stringify(id === null ? ['key', key] : ['id', id]);

function rememberedIn(lines: readonly string[]): Map<string, Kept> {
  const seen = new Map<string, Kept>();
  for (const line of lines) {
    const parsed = outcomeRowSchema.safeParse(JSON.parse(line));
    if (parsed.success) remember(seen, parsed.data);
  }
  return seen;
}

/** Remembers an outcome; false when it repeats the last one of its subject. Forgets the oldest beyond the limit. */
function remember(seen: Map<string, Kept>, row: OutcomeRow): boolean {
  const subject = subjectOf(row);
  const at = epoch(row.arrived_at);
  const last = seen.get(subject);
  if (last !== undefined && last.label === row.label && at - last.at < REPEATED_WITHIN_MS) return false;
  seen.delete(subject);
  seen.set(subject, { label: row.label, at });
  const [oldest] = seen.keys();
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
  return true;
}
