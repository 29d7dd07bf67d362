/** What must be ended before this process may end. */
export type Stop = () => Promise<unknown>;

/** Ends things in the reverse order in which they were started. */
export interface Shutdown {
  /** Adds something to end. */
  add(stop: Stop): void;
  /** Ends everything, last started first; a failure to end one thing does not keep the others. Twice is once. */
  run(): Promise<void>;
  /** Aborts when a signal asks this process to end. */
  readonly signal: AbortSignal;
  /** Leaves signals alone again. */
  release(): void;
}

/**
 * Ends what this process started when it is asked to end (Ctrl-C, SIGTERM, SIGHUP): the first signal aborts `signal`, so that the
 * caller winds down; a second one ends the process at once (its children are then killed, see `child.ts`).
 */
export function createShutdown(): Shutdown {
  const stops: Stop[] = [];
  const controller = new AbortController();
  let running: Promise<void> | undefined;
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  const runOnce = async (): Promise<void> => {
    for (const stop of stops.reverse()) await stop().catch(() => undefined); // nothing more can be done about it
  };
  return {
    add: (stop) => void stops.push(stop),
    run: () => (running ??= runOnce()),
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
