import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { newLifecycleState, type LifecycleState } from '../../domain/lifecycle-state.js';
import { plainCause } from '../plain-cause.js';
import { showSearchAttributes } from '../search-attributes.js';
import { inTrace } from '../trace.js';
import { lifecycleDetails } from './details.js';
import { outboxFull } from '../../policy/outbox.js';
import { registerHandlers } from './handlers.js';
import { dropLostRuns } from './lost-runs.js';
import { ModelLine, type InboxItem } from './model-line.js';
import { republish } from './publish.js';
import { recover } from './recover.js';
import { retrainEnded, startQueued } from './retrains.js';
import { rollBackByHand, rolloutEnded } from './rollouts.js';
import { carryOver, readStart, type LifecycleStart } from './seam.js';

const QUIET_TRIES = 3;
const RETRY_STORE_MS = 30_000;

/**
 * The entity workflow of one model, `model/<name>`: the authority for its aliases and for the order of its ledger. It lives for
 * years by continuing as new; everything it keeps is in {@link LifecycleState}.
 *
 * watching → (retrain open) → watching, beside: watching → (rollout open: shadow → approval → promote → bake) → watching.
 */
export async function lifecycle(input: unknown): Promise<void> {
  const start = readStart(input);
  const line = new ModelLine(start.state ?? newLifecycleState(start.model));
  registerHandlers(line);
  if (start.state === undefined && patched('recover-from-store')) await line.decide(() => recover(line));
  void loadSpec(line);
  if (start.state !== undefined) await line.decide(() => dropLostRuns(line));
  const leaving = { tries: 0 };
  let shown = '';
  for (;;) {
    shown = show(line.state, shown);
    await waitForWork(line, start);
    if (await mayContinueAsNew(line, start.historyLimit, leaving)) break;
    await work(line);
  }
  await continueAsNew<typeof lifecycle>(carryOver(start, line.state));
}

/** Not waited for: with the store away, what needs no spec goes on, a rollback above all. */
async function loadSpec(line: ModelLine): Promise<void> {
  try {
    await line.loadSpec();
  } catch (error) {
    if (isCancellation(error)) return;
    line.record({ kind: 'refusals', who: 'policy', why: `the spec cannot be read: ${plainCause(error)}` });
  }
}

function mustContinue(limit: number): boolean {
  const info = workflowInfo();
  return info.historyLength >= limit || info.continueAsNewSuggested;
}

/** An answer that completes in the same task as continue-as-new can be lost to its caller: let one more task pass first. */
async function mayContinueAsNew(
  line: ModelLine,
  limit: number,
  leaving: { tries: number },
): Promise<boolean> {
  if (!mustContinue(limit)) return false;
  const ready = (): boolean => line.idle && allHandlersFinished();
  while (leaving.tries < QUIET_TRIES && line.inbox.length === 0) {
    leaving.tries += 1;
    await sleep('1 millisecond');
    if (ready()) return true;
  }
  // Messages come without a pause: take the first moment in which nothing is open. Only the main loop empties the inbox.
  await condition(() => line.inbox.length > 0 || ready());
  return line.inbox.length === 0;
}

async function waitForWork(
  line: ModelLine,
  { historyLimit: limit, lookEveryMs }: LifecycleStart,
): Promise<void> {
  const { state } = line;
  const before = lifecycleDetails(state);
  const woken = (): boolean =>
    line.inbox.length > 0 ||
    (!line.mutex.busy && mayStart(state)) ||
    (mustContinue(limit) && line.idle && allHandlersFinished()) ||
    lifecycleDetails(state) !== before;
  if (state.outbox.length > 0 || state.republish) {
    const work = await condition(woken, Math.min(RETRY_STORE_MS, lookEveryMs));
    if (!work) await line.retryStore(() => republish(line));
  } else if (state.openRetrain !== null || state.openRollout !== null) {
    const work = await condition(woken, lookEveryMs);
    if (!work) await line.decide(() => dropLostRuns(line));
  } else await condition(woken);
}

const mayStart = (state: LifecycleState): boolean =>
  state.queue.length > 0 && state.openRetrain === null && state.paused === null && !outboxFull(state);

async function work(line: ModelLine): Promise<void> {
  await line.decide(async () => {
    for (let item = line.inbox[0]; item !== undefined; item = line.inbox[0]) {
      await takeSafely(line, item);
      line.inbox.shift();
    }
    await startQueued(line);
  });
}

/** A message that cannot be carried out is named in the ledger; it must never end the model's line. */
async function takeSafely(line: ModelLine, item: InboxItem): Promise<void> {
  try {
    await inTrace(item.trace, () => take(line, item));
  } catch (error) {
    if (isCancellation(error)) throw error;
    const why = `${item.kind} could not be carried out: ${plainCause(error)}`;
    line.record({ kind: 'refusals', who: 'policy', why });
  }
}

async function take(line: ModelLine, item: InboxItem): Promise<void> {
  switch (item.kind) {
    case 'retrain-ended':
      return retrainEnded(line, item.report);
    case 'rollout-ended':
      return rolloutEnded(line, item.report);
    case 'rollback': {
      const answer = await rollBackByHand(line, item);
      if (answer.outcome === 'refused')
        line.record({ kind: 'refusals', who: item.by, why: `signal rollback: ${answer.because}` });
    }
  }
}

/** Shows the state to people; search attributes change only when they differ, because each change is a history event. */
function show(state: LifecycleState, shown: string): string {
  setCurrentDetails(lifecycleDetails(state));
  const phase = state.openRollout?.phase ?? (state.openRetrain === null ? 'watching' : 'retrain');
  const values = {
    model: state.model,
    phase: state.paused === null ? phase : 'paused',
    version: String(state.aliases.champion?.version ?? 'none'),
    waitingFor: state.openRollout?.waitingFor ?? 'nothing',
  };
  const text = JSON.stringify(values);
  if (text !== shown) showSearchAttributes(values);
  return text;
}
