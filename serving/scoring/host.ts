import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../engines/threads/thread-entry.js';
import type { HostReply, HostRequest } from './protocol.js';

/** Where sessions live and score: a thread or a process of its own. One request at a time. */
export interface Host {
  /** Undefined for a thread. */
  readonly pid: number | undefined;
  post(request: HostRequest): void;
  /** Ends it without ceremony; whatever was asked stays unanswered. Resolves when it has ended, if ever. */
  kill(): Promise<void>;
}

/** What a host tells its owner. */
export interface HostEvents {
  reply(reply: HostReply): void;
  /** Once, when it has ended for whatever reason. */
  ended(why: string): void;
}

/** Starts a host. */
export type SpawnHost = (events: HostEvents) => Host;

const ENTRY = threadEntry('host-entry', import.meta.url);

/**
 * A host in a worker thread: the quickest way off the event loop, shares fate with this process (a native crash in the model
 * takes both down). A thread that hangs in native code cannot be ended; it is abandoned.
 */
export const spawnThread: SpawnHost = (events) => {
  const thread = new Worker(ENTRY.filename, { execArgv: ENTRY.execArgv });
  thread.on('message', (reply: HostReply) => events.reply(reply));
  thread.on('error', (error) => events.ended(error instanceof Error ? error.message : String(error)));
  thread.on('exit', (code) => events.ended(`thread ended with code ${code}`));
  return {
    pid: undefined,
    post: (request) => thread.postMessage(request, transferable(request)),
    kill: async () => void (await thread.terminate()),
  };
};

/** A host in a process of its own: whatever the model does (crash, endless loop, memory), only that process suffers. */
export const spawnProcess: SpawnHost = (events) => {
  const child = fork(ENTRY.filename, [], {
    execArgv: ENTRY.execArgv,
    serialization: 'advanced',
    // Standard output belongs to the readiness line of this process.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (reply) => events.reply(reply as HostReply));
  child.on('error', (error) => events.ended(error.message));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('exit', (code, signal) => events.ended(`process ended with ${signal ?? `code ${code}`}`));
  return {
    pid: child.pid,
    post: (request) => {
      // A failed send means that it is ending; `exit` says so.
      child.send(request, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
};

function transferable(request: HostRequest): ArrayBuffer[] {
  const buffer = request.kind === 'score' ? request.rows.numbers.buffer : undefined;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
