import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';

/**
 * Ends this process with 130 at Ctrl-C, in one line. What was asked of a server goes on there. A command that started something winds
 * down itself (it listens, too) and is left to it.
 */
export function exitWhenInterrupted(io: Pick<Io, 'note'>): void {
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') > 1) return;
    io.note('interrupted; what was asked of the servers goes on there');
    process.exit(EXIT.interrupted);
  });
}
