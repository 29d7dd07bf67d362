import { condition, patched } from '@temporalio/workflow';
import { clip, jsonBytes, keepNewest } from '../../domain/bounds.js';
import { STATE_BOUNDS, type LifecycleState, type QueuedRequest } from '../../domain/lifecycle-state.js';
import type { RetrainReport, RolloutReport } from '../../domain/reports.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { TraceContext } from '../../domain/trace.js';
import { addLine, type Decided, outboxFull, shortenOutbox } from '../../policy/outbox.js';
import { bounded, control } from '../proxies.js';
import { Mutex } from './mutex.js';

/** How long a request waits for the spec of a run that just began. */
const SPEC_PATIENCE = '10 seconds';
/** An answer longer than this is not kept: it is given again only while the run lasts. @format bytes of JSON */
const LONGEST_ANSWER = 512;
/** Doors whose refusals are counted apart. */
const COUNTED_DOORS = 20;

/** What a signal handed over, handled by the main loop in order. */
export type InboxItem = { readonly trace: TraceContext | undefined } & (
  | { readonly kind: 'retrain-ended'; readonly report: RetrainReport }
  | { readonly kind: 'rollout-ended'; readonly report: RolloutReport }
  | {
      readonly kind: 'rollback';
      readonly by: string;
      readonly reason: string;
      readonly to?: number | undefined;
    }
);

/**
 * One model's state and the two things every decision needs: a place in the order (the mutex) and a line in the ledger.
 * State changes are synchronous; what waits for the store waits in the outbox.
 */
export class ModelLine {
  readonly state: LifecycleState;
  readonly inbox: InboxItem[] = [];
  readonly mutex = new Mutex();
  /** Traces of requests that wait; a run after continue-as-new does not have them. */
  readonly tracesOfQueue = new WeakMap<QueuedRequest, TraceContext>();
  spec: ModelSpec | null = null;
  /** True after the store did not take a line: until the next try (every 30 s) decisions do not wait for it. */
  private storeAway = false;
  /** Whether the outbox was full when the section that runs began. */
  private begunFull = false;

  constructor(state: LifecycleState) {
    this.state = state;
  }

  /** Loads the spec, once per run and for as long as it takes; null before the first `apply`. Holds up nobody. */
  async loadSpec(): Promise<void> {
    const { model, specDigest } = this.state;
    if (specDigest === null) return;
    const spec = await control.loadSpec({ model, digest: specDigest });
    // A newer one may have been applied meanwhile.
    if (this.state.specDigest === specDigest) this.spec = spec;
  }

  /** The spec, waited for a little when it is still being loaded; null when there is none or the store does not give it. */
  async specSoon(): Promise<ModelSpec | null> {
    const known = (): boolean => this.spec !== null || this.state.specDigest === null;
    if (!known()) await condition(known, SPEC_PATIENCE);
    return this.spec;
  }

  /** Decides a ledger line. It is in the state at once and in the store after the next {@link flush}. */
  record(entry: Decided): void {
    addLine(this.state, entry, new Date().toISOString(), this.full);
  }

  /**
   * True when the store was away for so long that nothing new may begin. Lines of the section that runs do not count while the store is
   * there: they are long at times, and leave with its end.
   */
  get full(): boolean {
    if (!outboxFull(this.state)) return false;
    return this.storeAway || this.begunFull || !patched('full-as-begun');
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
        this.storeAway = true;
        shortenOutbox(this.state);
        return false;
      }
      this.tellUnrecorded();
    }
    return true;
  }

  /** The store is back: what was only counted meanwhile gets one line. */
  private tellUnrecorded(): void {
    const { unrecorded } = this.state;
    const counts = Object.entries(unrecorded).map(([kind, count]) => `${count} of kind ${kind}`);
    if (counts.length === 0) return;
    this.state.unrecorded = {};
    this.record({
      kind: 'unwritten',
      who: 'policy',
      why: `lines that did not fit while the store was away: ${counts.join(', ')}`,
    });
  }

  /** What an update of this id was answered, in this run or one before. */
  answerTo(id: string): LifecycleState['answers'][number] | undefined {
    return this.state.answers.find((one) => one.id === id);
  }

  /** Keeps an answer for whoever asks again; a long one only lasts as long as the run. */
  keepAnswer(id: string, answer: unknown): void {
    const kept = { id, answer: answer ?? null };
    if (jsonBytes(kept) <= LONGEST_ANSWER) keepNewest(this.state.answers, kept, STATE_BOUNDS.answers);
  }

  /** Runs a decision in order and brings its lines to the store before it answers, if the store is there. */
  decide<T>(section: () => Promise<T>): Promise<T> {
    return this.mutex.run(async () => {
      this.begunFull = outboxFull(this.state);
      const answer = await section();
      if (!this.storeAway || !patched('decide-without-store')) await this.flush();
      else shortenOutbox(this.state);
      return answer;
    });
  }

  /** Tries the store again, after `section`. */
  retryStore(section: () => Promise<void>): Promise<void> {
    return this.decide(() => {
      this.storeAway = false;
      return section();
    });
  }

  /** Counts a refused message; a sample of the counts reaches the ledger. */
  refused(door: string): void {
    const { refusals } = this.state;
    const name = door in refusals || Object.keys(refusals).length < COUNTED_DOORS ? clip(door, 60) : 'others';
    const count = (refusals[name] ?? 0) + 1;
    refusals[name] = count;
    // First, tenth, hundredth …: enough to notice, too few to flood.
    if (Number.isInteger(Math.log10(count))) {
      this.record({ kind: 'refusals', who: 'policy', why: `${name}: refused ${count} so far` });
    }
  }

  /** Nothing half-done that continue-as-new would lose. */
  get idle(): boolean {
    return this.inbox.length === 0 && !this.mutex.busy;
  }
}
