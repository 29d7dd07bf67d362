import type { SettledAnswer, SettledQuery } from '../../domain/messages.js';
import { epoch } from '../../domain/references.js';
import type { ModelLine } from './model-line.js';

const waiting = (waitingFor: string): SettledAnswer => ({ settled: false, waitingFor });
const reached = (at: string | null, needed: string): boolean => at !== null && epoch(at) >= epoch(needed);

/** May a stepped clock go on from `to`: nothing runs, nothing that may start waits, a rollout waits for time or a person. */
export function settled(line: ModelLine, query: SettledQuery): SettledAnswer {
  const { state } = line;
  if (!line.idle) return waiting('a decision');
  if (state.specDigest !== null && line.spec === null) return waiting('the spec');
  if (state.outbox.length > 0 || state.republish) return waiting('the store');
  if (state.openRetrain !== null) return waiting(state.openRetrain.run);
  if (state.queue.length > 0 && state.paused === null) return waiting('a queued request');
  if (query.checkedTo !== undefined && !reached(state.newestSlot, query.checkedTo))
    return waiting('the monitor');
  if (query.askedTo !== undefined && !reached(state.newestAsk, query.askedTo))
    return waiting('the scheduled ask');
  const open = state.openRollout;
  if (open === null) return { settled: true, waitingFor: 'nothing' };
  if (open.waitingFor === 'person') return { settled: true, waitingFor: 'person' };
  if (open.waitingFor === 'event-time' && reached(open.seen, query.to))
    return { settled: true, waitingFor: 'event time' };
  return waiting(`${open.run}: ${open.phase}`);
}
