// Loaded into every process that Perennial starts (`--import`), and by Node into that process's threads too. Standard input is a
// pipe from the parent: when it closes, the parent is gone, also after kill -9, and this process asks itself to end in order.
// Without it a crash of `perennial up` would leave a worker and a server behind. Plain JavaScript, since threads load it before
// anything that could read TypeScript.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
  process.stdin.unref();
}
