import { setTimeout as delay } from 'node:timers/promises';
import { inTurns } from '../../domain/turns.js';
import { scoringFailure } from './failure.js';
import type { SpawnHost } from './host.js';
import type { Rows, ScorableModel, Scored } from './protocol.js';
import { startSession, type Session } from './session.js';

/**
 * A queue before one host. Work is done one at a time, in order, so that whoever crashes or hangs the host is known. A host that
 * ended or hung is replaced at the next call, and versions are loaded again when they are next needed.
 */
export interface Lane {
  /**
   * Loads a version and scores its golden rows. Throws `golden-mismatch`, `model-unusable`, `scorer-crashed` or `scorer-hung`.
   * Loads are counted: a version stays until it is released as often.
   */
  load(model: ScorableModel): Promise<void>;
  /** Scores rows with a loaded version. `rows.numbers` is given away. Throws like `load`, and `model-failed`. */
  score(key: string, rows: Rows): Promise<Scored>;
  /** Gives back one `load`. */
  release(key: string): void;
  /** Starts the host ahead of the first call, which then does not wait for it. */
  warm(): void;
  /** Ends the host; what is queued fails with `scorer-crashed`. False when a host hangs so badly that it cannot be ended. */
  close(): Promise<boolean>;
}

/** What a lane needs. */
export interface LaneOptions {
  /** For messages. */
  readonly name: string;
  readonly spawn: SpawnHost;
  /** Longest a load, including the start of a host, may take. @format milliseconds */
  readonly loadWithinMs: number;
  /** Longest one batch may take before the host counts as hung. @format milliseconds */
  readonly scoreWithinMs: number;
  /** Called when a host was started. */
  readonly onStarted: (pid: number | undefined) => void;
  /** Called when a host ended or was given up. */
  readonly onLost: (why: string) => void;
}

/** A host that is still there this long after it was ended will never end. @format milliseconds */
const END_WITHIN_MS = 2000;

/** A lane that starts its host at the first call. */
export function createLane(options: LaneOptions): Lane {
  const { name, loadWithinMs, scoreWithinMs } = options;
  const held = new Map<string, { readonly model: ScorableModel; readonly count: number }>();
  const inTurn = inTurns();
  const sessions = createSessions(options);

  const withLoaded = async (model: ScorableModel): Promise<Session> => {
    const session = sessions.living();
    if (!session.loaded.has(model.key)) {
      await session.ask({ kind: 'load', model }, loadWithinMs);
      session.loaded.add(model.key);
    }
    return session;
  };

  const load = async (model: ScorableModel): Promise<void> => {
    await withLoaded(model);
    held.set(model.key, { model, count: (held.get(model.key)?.count ?? 0) + 1 });
  };

  const score = async (key: string, rows: Rows): Promise<Scored> => {
    const entry = held.get(key);
    if (entry === undefined) throw scoringFailure(name, 'model-unusable', 'it is not loaded');
    const scored = await (await withLoaded(entry.model)).ask({ kind: 'score', key, rows }, scoreWithinMs);
    if (scored === null) throw scoringFailure(name, 'model-failed', 'it gave no scores');
    return scored;
  };

  const release = async (key: string): Promise<void> => {
    const entry = held.get(key);
    if (entry === undefined) return;
    if (entry.count > 1) held.set(key, { ...entry, count: entry.count - 1 });
    else {
      held.delete(key);
      const session = sessions.current();
      if (session?.alive() === true && session.loaded.delete(key))
        await session.ask({ kind: 'unload', key }, loadWithinMs);
    }
  };

  return {
    load: (model) => inTurn(() => load(model)),
    score: (key, rows) => inTurn(() => score(key, rows)),
    // A host that is lost has nothing left to unload.
    release: (key) => void inTurn(() => release(key)).catch(() => undefined),
    warm: () => void sessions.living(),
    close: sessions.close,
  };
}

interface Sessions {
  current(): Session | undefined;
  /** The session that can be asked; a new one where there is none. Throws `scorer-crashed` once closed. */
  living(): Session;
  close(): Promise<boolean>;
}

/** One session after another, and those that were given up until their hosts are really gone. */
function createSessions({ name, spawn, onStarted, onLost }: LaneOptions): Sessions {
  const ending = new Set<Session>();
  let session: Session | undefined;
  let closed = false;

  const giveUp = (old: Session): void => {
    ending.add(old);
    void old.end().then(() => ending.delete(old));
  };
  return {
    current: () => session,
    living: () => {
      if (closed) throw scoringFailure(name, 'scorer-crashed', 'closed');
      if (session?.alive() === true) return session;
      if (session !== undefined) giveUp(session);
      session = startSession(name, spawn, onLost);
      onStarted(session.pid);
      return session;
    },
    close: async () => {
      closed = true;
      if (session !== undefined) giveUp(session);
      const allGone = Promise.all([...ending].map((old) => old.end())).then(() => true);
      return Promise.race([allGone, delay(END_WITHIN_MS, false, { ref: false })]);
    },
  };
}
