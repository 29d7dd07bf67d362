// What a helper thread runs: it waits for work in a control block of the shared memory, does it, says so, and waits again.
// Control block: i32 turn (raised by the owner), i32 done (the last turn finished), i32 ready, i32 operation; from byte 16 up to
// 12 u32 arguments; from byte 64 up to 4 f64 arguments; at byte 96 an i32 result.
import { clear, histogram } from './histogram';
import { gradients, quantise } from './gradients';
import { addLeaf, addTree, binNumbers, partition } from './rows';

/** Looks so often for the next turn before it sleeps: about 20 µs, less than waking a sleeping thread takes. */
const SPINS: i32 = 4000;

// @ts-ignore: decorator
@inline
function whole(control: usize, i: usize): u32 {
  return load<u32>(control + 16 + (i << 2));
}

// @ts-ignore: decorator
@inline
function real(control: usize, i: usize): f64 {
  return load<f64>(control + 64 + (i << 3));
}

/** Serves one control block until told to end (operation 0). */
export function help(control: usize): void {
  let seen: i32 = 0;
  atomic.store<i32>(control + 8, 1);
  while (true) {
    let spins: i32 = 0;
    let turn = atomic.load<i32>(control);
    while (turn == seen) {
      if (++spins > SPINS) atomic.wait<i32>(control, seen, -1);
      turn = atomic.load<i32>(control);
    }
    seen = turn;
    const operation = load<i32>(control + 12);
    if (operation == 0) return;
    work(control, operation);
    atomic.store<i32>(control + 4, seen);
    atomic.notify(control + 4, 1);
  }
}

function work(control: usize, operation: i32): void {
  const a = whole(control, 0), b = whole(control, 1), c = whole(control, 2), d = whole(control, 3);
  const e = whole(control, 4), f = whole(control, 5), g = whole(control, 6), h = whole(control, 7);
  const i = whole(control, 8), j = whole(control, 9), k = whole(control, 10);
  if (operation == 1) {
    clear(i, <i32>k);
    histogram(a, b, c, <i32>d, e, f, <i32>g, h, i, j);
  } else if (operation == 2) {
    store<i32>(control + 96, partition(a, <i32>b, c, d, e));
  } else if (operation == 3) {
    gradients(<i32>a, b, real(control, 0), c, d, <i32>e, real(control, 1), real(control, 2), f, g);
  } else if (operation == 4) {
    quantise(a, <i32>b, real(control, 0), real(control, 1), c);
  } else if (operation == 5) {
    addLeaf(a, b, <i32>c, real(control, 0));
  } else if (operation == 6) {
    binNumbers(a, <i32>b, c, <i32>d, e);
  } else if (operation == 7) {
    addTree(a, b, c, d, <i32>e, f, g, h);
  }
}
