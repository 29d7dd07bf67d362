import { Worker } from 'node:worker_threads';
import { kernelModule } from './kernel-wasm.js';
import type { Address } from './kernel.js';
import type { TreeMemory } from './memory.js';

/** What a helper can do; the numbers are those of `assembly/help.ts`. */
export const OPERATION = {
  end: 0,
  histogram: 1,
  partition: 2,
  gradients: 3,
  quantise: 4,
  addLeaf: 5,
  binNumbers: 6,
  addTree: 7,
} as const;

/** Bytes of a control block. */
export const CONTROL_BYTES = 128;

/** Work for a helper: whole arguments, then real ones, as `assembly/help.ts` takes them. */
export interface HelperTask {
  readonly operation: number;
  readonly whole: readonly number[];
  readonly real?: readonly number[];
}

/** A thread that works on the same memory. Between `start` and `finish` its task's memory is its own. */
export interface Helper {
  /** Whether the thread has begun and is not closed; otherwise do the work alone. */
  ready(): boolean;
  start(task: HelperTask): void;
  /** Waits for the task's end; gives its whole result. */
  finish(): number;
  /** Ends the thread; safe to call twice. */
  close(): void;
}

/** Plain text, so that the thread starts in a few milliseconds without a TypeScript loader. */
const ENTRY = `
const { module, memory, control } = require('node:worker_threads').workerData;
new WebAssembly.Instance(module, { env: { memory } }).exports.help(control);
`;

/** Looks so often for the end of a task before it sleeps. */
const SPINS = 2000;

/** Starts a helper on the control block at `control`. The thread does not keep the process alive. */
export function startHelper({ memory, i32, u32, f64 }: TreeMemory, control: Address): Helper {
  const workerData = { module: kernelModule(), memory, control };
  const thread = new Worker(ENTRY, { eval: true, workerData, execArgv: [], stdin: false });
  thread.unref();
  const [turn, done, ready, operation] = [control / 4, control / 4 + 1, control / 4 + 2, control / 4 + 3];
  let current = 0;
  let closed = false;
  const post = (task: HelperTask): void => {
    i32[operation] = task.operation;
    u32.set(task.whole, control / 4 + 4);
    if (task.real !== undefined) f64.set(task.real, control / 8 + 8);
    current += 1;
    Atomics.store(i32, turn, current);
    Atomics.notify(i32, turn);
  };
  return {
    ready: () => !closed && Atomics.load(i32, ready) === 1,
    start: post,
    finish() {
      for (let spins = 0; ; spins++) {
        const seen = Atomics.load(i32, done);
        if (seen === current) return i32[control / 4 + 24] ?? 0;
        if (spins > SPINS) Atomics.wait(i32, done, seen);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      post({ operation: OPERATION.end, whole: [] });
      void thread.terminate();
    },
  };
}
