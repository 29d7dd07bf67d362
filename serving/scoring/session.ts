import { scoringFailure } from './failure.js';
import type { SpawnHost } from './host.js';
import type { HostReply, HostRequest, Scored } from './protocol.js';

/** A request before it is numbered. */
export type Ask = HostRequest extends infer R ? (R extends HostRequest ? Omit<R, 'id'> : never) : never;

/** One host from its start to its end, asked one thing at a time. */
export interface Session {
  /** Keys of the versions that it holds; the owner keeps this. */
  readonly loaded: Set<string>;
  /** Undefined where the host is a thread. */
  readonly pid: number | undefined;
  /** False once it ended or was given up: start another. */
  alive(): boolean;
  /** Throws `scorer-crashed`, `scorer-hung` (then it is given up), or what the host refused with. */
  ask(ask: Ask, withinMs: number): Promise<Scored | null>;
  /** Resolves when the host has ended; never when it hangs in native code in a thread. */
  end(): Promise<void>;
}

interface Waiting {
  readonly id: number;
  settle(outcome: { readonly reply: HostReply } | { readonly lost: string; readonly why: string }): void;
}

/** Starts a host. `onLost` is called at most once, when it ended without being asked to, or hung. */
export function startSession(name: string, spawn: SpawnHost, onLost: (why: string) => void): Session {
  let alive = true;
  let waiting: Waiting | undefined;
  let nextId = 1;
  let ending: Promise<void> | undefined;

  const lose = (lost: string, why: string): void => {
    if (!alive) return;
    alive = false;
    waiting?.settle({ lost, why });
    onLost(why);
  };
  const host = spawn({
    reply: (reply) => {
      if (waiting?.id === reply.id) waiting.settle({ reply });
    },
    ended: (why) => lose('scorer-crashed', why),
  });

  const ask = (request: Ask, withinMs: number): Promise<Scored | null> => {
    if (!alive) return Promise.reject(scoringFailure(name, 'scorer-crashed', 'it has ended'));
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        ending = host.kill();
        lose('scorer-hung', `no answer within ${withinMs} ms`);
      }, withinMs);
      waiting = {
        id,
        settle: (outcome) => {
          clearTimeout(timer);
          waiting = undefined;
          if ('lost' in outcome) reject(scoringFailure(name, outcome.lost, outcome.why));
          else if (outcome.reply.ok) resolve(outcome.reply.scored);
          else reject(scoringFailure(name, outcome.reply.type, outcome.reply.message));
        },
      };
      host.post({ ...request, id });
    });
  };

  const end = (): Promise<void> => {
    alive = false;
    waiting?.settle({ lost: 'scorer-crashed', why: 'closed' });
    return (ending ??= host.kill());
  };
  return { loaded: new Set(), pid: host.pid, alive: () => alive, ask, end };
}
