import type { LedgerEntry } from '../../domain/ledger.js';
import type { LifecycleState } from '../../domain/lifecycle-state.js';
import type { RetrainReport, RolloutReport } from '../../domain/reports.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import { bounded, control } from '../proxies.js';
import { Mutex } from './mutex.js';

/** Lines that may wait for the store before promotions are refused. */
export const OUTBOX_LIMIT = 200;

/** What a signal handed over, handled by the main loop in order. */
export type InboxItem =
  | { readonly kind: 'retrain-ended'; readonly report: RetrainReport }
  | { readonly kind: 'rollout-ended'; readonly report: RolloutReport }
  | {
      readonly kind: 'rollback';
      readonly by: string;
      readonly reason: string;
      readonly to?: number | undefined;
    };

/**
 * One model's state and the two things every decision needs: a place in the order (the mutex) and a line in the ledger.
 * State changes are synchronous; what waits for the store waits in the outbox.
 */
export class ModelLine {
  readonly state: LifecycleState;
  readonly inbox: InboxItem[] = [];
  readonly mutex = new Mutex();
  spec: ModelSpec | null = null;

  constructor(state: LifecycleState) {
    this.state = state;
  }

  /** The spec, loaded once per run; null before the first `apply`. */
  async loadSpec(): Promise<void> {
    const { model, specDigest } = this.state;
    this.spec = specDigest === null ? null : await control.loadSpec({ model, digest: specDigest });
  }

  /** Decides a ledger line. It is in the state at once and in the store after the next {@link flush}. */
  record(entry: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind' | 'who' | 'why'>): void {
    const { ledger, outbox, aliases } = this.state;
    outbox.push({
      asOf: null,
      version: null,
      effectiveFrom: null,
      champion: aliases.champion?.version ?? null,
      run: null,
      ...entry,
      seq: ledger.nextSeq,
      decidedAt: new Date().toISOString(),
    });
    ledger.nextSeq += 1;
  }

  /** Writes waiting lines to the store, in order. Returns false when the store cannot be reached; the lines stay. */
  async flush(): Promise<boolean> {
    const { ledger, outbox, model } = this.state;
    while (outbox.length > 0) {
      const lines = outbox.slice(0, 20);
      try {
        const head = await bounded.appendLedger({
          model,
          head: { seq: ledger.seq, hash: ledger.hash },
          lines,
        });
        ledger.seq = head.seq;
        ledger.hash = head.hash;
        outbox.splice(0, lines.length);
      } catch {
        // The store is down: decisions go on, and the main loop tries again.
        return false;
      }
    }
    return true;
  }

  /** Runs a decision in order and brings its lines to the store before it answers, if the store is there. */
  decide<T>(section: () => Promise<T>): Promise<T> {
    return this.mutex.run(async () => {
      const answer = await section();
      await this.flush();
      return answer;
    });
  }

  /** Counts a refused message; a sample of the counts reaches the ledger. */
  refused(door: string): void {
    const { refusals } = this.state;
    const count = (refusals[door] ?? 0) + 1;
    refusals[door] = count;
    // First, tenth, hundredth …: enough to notice, too few to flood.
    if (Number.isInteger(Math.log10(count))) {
      this.record({ kind: 'refusals', who: 'policy', why: `${door}: refused ${count} so far` });
    }
  }

  /** Nothing half-done that continue-as-new would lose. */
  get idle(): boolean {
    return this.inbox.length === 0 && !this.mutex.busy;
  }
}

/** Keeps the newest `limit` members. */
export function keepNewest<T>(list: T[], item: T, limit: number): void {
  list.push(item);
  if (list.length > limit) list.splice(0, list.length - limit);
}
