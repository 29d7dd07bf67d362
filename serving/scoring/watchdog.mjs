// Runs in a thread of a shadow process. Plain JavaScript, so that the thread starts at once, without a loader.

/** Resident memory of a shadow process from which on it is ended, in bytes. */
const MOST_MEMORY = 2 * 2 ** 30;
const LOOK_EVERY_MS = 500;

const parent = process.ppid;

setInterval(() => {
  if (process.ppid === parent && process.memoryUsage.rss() < MOST_MEMORY) return;
  // Not exit: a main thread that is stuck in native code would never do it.
  process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
