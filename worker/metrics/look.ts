/** How long a reader waits for a look; a store that hangs must not make the worker look dead. @format milliseconds */
const PATIENCE_MS = 1000;
/** A look that takes longer says that what it looks at does not answer. @format milliseconds */
const STUCK_MS = 10_000;

/** The newest answer of something that is asked now and then. */
export interface Look<T> {
  /** Asks again when it is time to, and waits for a while. Never throws. */
  fresh(): Promise<void>;
  last(): T;
  /** When it last answered, epoch milliseconds. */
  at(): number | undefined;
  /** Whether it answered when it was last asked. */
  answers(): boolean;
}

/** Nothing is asked before {@link Look.fresh}, nor twice at once. */
export function createLook<T>(first: T, ask: () => Promise<T>, refreshMs: number): Look<T> {
  let last = first;
  let answeredAt: number | undefined;
  let endedAt = -Infinity;
  let failed = false;
  let asking: { readonly since: number; readonly done: Promise<void> } | undefined;
  const begin = async (): Promise<void> => {
    try {
      last = await ask();
      answeredAt = Date.now();
      failed = false;
    } catch {
      failed = true; // what it is, the activities that need it say
    } finally {
      endedAt = Date.now();
      asking = undefined;
    }
  };
  return {
    fresh: async () => {
      if (asking === undefined) {
        if (Date.now() - endedAt < refreshMs) return;
        const done = begin();
        asking = { since: Date.now(), done };
      }
      // Waited for once: readers that come while it hangs get what is known at once.
      const left = PATIENCE_MS - (Date.now() - asking.since);
      if (left > 0) await within(left, asking.done);
    },
    last: () => last,
    at: () => answeredAt,
    answers: () => !failed && (asking === undefined || Date.now() - asking.since < STUCK_MS),
  };
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
