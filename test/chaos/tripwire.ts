import type { Fate, S3Proxy, SeenRequest } from '../support/s3-proxy.js';

/** Which request springs a trap, and on which side of its effect it is then held. */
export interface Trap {
  readonly matches: (seen: SeenRequest) => boolean | Promise<boolean>;
  /** `before`: the store has not seen it. `after`: it took effect, and its sender has no answer. */
  readonly held: 'before' | 'after';
}

/** A request that is held. */
export interface Sprung {
  /** Lets it go on. Once the process that sent it is gone, a request held before its effect arrives late. */
  release(): void;
}

/** Holds requests in the order in which their traps were armed; each trap springs once, after the one before it did. */
export class Tripwire {
  #armed: { trap: Trap; spring: (sprung: Sprung) => void }[] = [];

  constructor(proxy: S3Proxy) {
    proxy.decide(async (seen): Promise<Fate> => {
      await this.#meet(seen, 'before');
      return 'pass';
    });
    proxy.afterEffect((seen) => this.#meet(seen, 'after'));
  }

  /** Resolves when a request is held; it stays so until it is released. */
  arm(trap: Trap): Promise<Sprung> {
    return new Promise((spring) => this.#armed.push({ trap, spring }));
  }

  async #meet(seen: SeenRequest, moment: Trap['held']): Promise<void> {
    const next = this.#armed[0];
    if (next === undefined || next.trap.held !== moment || !(await next.trap.matches(seen))) return;
    if (this.#armed[0] !== next) return; // sprung by another request meanwhile
    this.#armed.shift();
    await new Promise<void>((release) => next.spring({ release }));
  }
}
