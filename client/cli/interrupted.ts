import type { Io } from './io.js';

/**
 * Ends this process at Ctrl-C, in one line, as the signal itself does: a shell tells 130, and its loops stop too. An exit would wait for
 * threads that scan a file. What was asked of a server goes on there. A command that started something winds down itself (it listens,
 * too) and is left to it.
 */
export function exitWhenInterrupted(io: Pick<Io, 'note'>): void {
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') > 1) return;
    io.note('interrupted; what was asked of the servers goes on there');
    process.removeAllListeners('SIGINT');
    process.kill(process.pid, 'SIGINT');
  });
}
