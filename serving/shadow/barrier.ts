/** Counts work that is begun and done in order, for those who wait until what was begun so far is done. */
export interface Barrier {
  begin(): void;
  done(count: number): void;
  /** Resolves when everything begun before this call is done; what begins later does not matter. */
  passed(): Promise<void>;
}

/** A barrier before which nothing was begun. */
export function createBarrier(): Barrier {
  let begun = 0;
  let done = 0;
  let waiting: { readonly after: number; readonly resolve: () => void }[] = [];
  return {
    begin: () => void (begun += 1),
    done: (count) => {
      done += count;
      for (const { after, resolve } of waiting) if (after <= done) resolve();
      waiting = waiting.filter(({ after }) => after > done);
    },
    passed: () =>
      done >= begun ? Promise.resolve() : new Promise((resolve) => waiting.push({ after: begun, resolve })),
  };
}
