/** Runs asynchronous sections one after the other, in the order of the calls. Deterministic: plain promises only. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** True while a section runs or waits. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  /** Runs `section` after every section before it has ended, however they ended. */
  async run<T>(section: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    const before = this.tail;
    const mine = (async () => {
      await before;
      return section();
    })();
    this.tail = mine.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await mine;
    } finally {
      this.waiting -= 1;
    }
  }
}
