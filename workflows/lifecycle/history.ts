import { ApplicationFailure } from '@temporalio/workflow';
import { keepNewest } from '../../domain/bounds.js';
import { millis } from '../../domain/duration.js';
import { STATE_BOUNDS } from '../../domain/lifecycle-state.js';
import type { ImportHistory } from '../../domain/messages.js';
import { epoch } from '../../domain/references.js';
import type { HistoryAnswer } from '../../domain/reports.js';
import { later } from './aliases.js';
import type { ModelLine } from './model-line.js';

/**
 * A log of another system became history: it is complete up to its newest prediction. Told twice, it is history once. Refused as
 * `history-in-future` when it claims a prediction that cannot have been made: the model's now never goes back.
 */
export async function takeHistory(line: ModelLine, ask: ImportHistory): Promise<HistoryAnswer> {
  const { state } = line;
  const { version, log, predictions, labels, refused, from, to, by, reason } = ask;
  if (state.seenRequests.includes(log)) return { outcome: 'repeated', watermark: state.watermark };
  await mustBePast(line, to);
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
  return { outcome: 'taken', watermark: state.watermark };
}

/** By the wall clock, also where event time is stepped: a log of another system was written before it is loaded. */
async function mustBePast(line: ModelLine, to: string): Promise<void> {
  const skew = (await line.specSoon())?.serving.clockSkew ?? '0 seconds';
  const now = Date.now();
  if (epoch(to) <= now + millis(skew)) return;
  throw ApplicationFailure.nonRetryable(
    `the log of ${line.state.model} reaches to ${to}, later than now ${new Date(now).toISOString()} + ${skew}; ` +
      'mend the event times and import it again',
    'history-in-future',
  );
}
