import { keepNewest } from '../../domain/bounds.js';
import { STATE_BOUNDS } from '../../domain/lifecycle-state.js';
import type { ImportHistory } from '../../domain/messages.js';
import type { HistoryAnswer } from '../../domain/reports.js';
import { later } from './aliases.js';
import type { ModelLine } from './model-line.js';

/** A log of another system became history: it is complete up to its newest prediction. Told twice, it is history once. */
export function takeHistory(line: ModelLine, ask: ImportHistory): Promise<HistoryAnswer> {
  const { state } = line;
  const { version, log, predictions, labels, refused, from, to, by, reason } = ask;
  if (state.seenRequests.includes(log))
    return Promise.resolve({ outcome: 'repeated', watermark: state.watermark });
  keepNewest(state.seenRequests, log, STATE_BOUNDS.seenRequests);
  state.watermark = later(state.watermark, to);
  const left = refused === 0 ? '' : `, ${refused} rows left out`;
  line.record({
    kind: 'history-imported',
    who: by,
    why: `${predictions} predictions of ${from} to ${to} with ${labels} labels${left}${reason === '' ? '' : `: ${reason}`}`,
    asOf: to,
    version,
    evidence: { summary: { log, predictions, labels, refused } },
  });
  return Promise.resolve({ outcome: 'taken', watermark: state.watermark });
}
