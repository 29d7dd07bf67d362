import { createInterface } from 'node:readline/promises';
import type { GateVerdict } from '../../domain/verdict.js';
import type { Io } from '../cli/io.js';
import { gateLines } from '../cli/format.js';
import { wrap } from '../cli/table.js';
import { PEOPLE } from './plan.js';
import type { Timeline } from './timeline.js';

const ANSWER_WITHIN_MS = 15_000;

/** A candidate that waits for a person. */
export interface Question {
  readonly version: number;
  readonly at: string;
  readonly verdicts: readonly GateVerdict[];
}

/** Decides on candidates in the demo. */
export interface Approver {
  decide(question: Question): Promise<{ decision: 'approve' | 'reject'; reason: string }>;
}

/**
 * Asks the person at the terminal, with a time-out; decides by itself where nobody watches, after a time-out, and after the answer
 * `all`. It decides for `ada`, who may approve.
 */
export function createApprover(io: Io, timeline: Timeline, signal: AbortSignal): Approver {
  let nobody = !io.tty || process.stdin.isTTY !== true;
  return {
    async decide(question) {
      if (nobody) return { decision: 'approve', reason: 'gates passed, shadow seen' };
      show(question, timeline, io);
      const answer = await ask(signal);
      if (answer === 'n') return { decision: 'reject', reason: 'rejected at the terminal' };
      if (answer !== 'y') nobody = true;
      const reason =
        answer === undefined ? 'nobody answered: approved by the demo' : 'approved at the terminal';
      return { decision: 'approve', reason };
    },
  };
}

function show({ version, at, verdicts }: Question, timeline: Timeline, io: Io): void {
  timeline.event(at, 'attention', `v${version} waits for ${PEOPLE.approver}: event time stands still`);
  timeline.lines(
    gateLines(verdicts)
      .flatMap((line) => wrap(line, io.width - 16))
      .map((line) => `              ${line}`),
  );
}

/** y, n, a (all from now on), or undefined when nobody answered in time. */
async function ask(stop: AbortSignal): Promise<'y' | 'n' | 'a' | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const seconds = ANSWER_WITHIN_MS / 1000;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  // readline takes Ctrl-C for itself; it means the same here as everywhere else.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const question = `            Approve? [Y]es, [n]o, [a]ll from now on (yes to all in ${seconds} s) `;
    const text = (await terminal.question(question, { signal })).trim().toLowerCase();
    return text.startsWith('n') ? 'n' : text.startsWith('a') ? 'a' : 'y';
  } catch {
    process.stdout.write('\n');
    return undefined;
  } finally {
    terminal.close();
  }
}
