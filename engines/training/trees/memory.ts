import type { Address } from './kernel.js';

const PAGE = 65536;
const ALIGN = 64;
/** Most bytes that a training may take: what WebAssembly can address. */
export const MOST_BYTES = 65535 * PAGE;

/** The one block of memory of a training, seen as each type the kernels read. */
export interface TreeMemory {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** Hands out addresses one after another, each on a cache line; nothing is given back before the whole block goes. */
export interface Planner {
  /** Address of `bytes` more bytes. */
  take(bytes: number): Address;
  /** Bytes handed out so far. */
  size(): number;
}

/** Starts a plan. Address 0 is never handed out: jobs use it for "none". */
export function planMemory(): Planner {
  let next = ALIGN;
  return {
    take(bytes) {
      const address = next;
      next += Math.ceil(bytes / ALIGN) * ALIGN;
      return address;
    },
    size: () => next,
  };
}

/** Allocates a zeroed block of at least `bytes`. It is shared, so that worker threads can help. */
export function allocate(bytes: number): TreeMemory {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return viewMemory(memory);
}

/** The views of a block that exists already. */
export function viewMemory(memory: WebAssembly.Memory): TreeMemory {
  const { buffer } = memory;
  return {
    memory,
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}
