import { epoch } from '../../domain/references.js';
import type { RetrainReport } from '../../domain/reports.js';
import type { Stack } from '../processes/stack.js';
import type { Perennial } from '../sdk/perennial.js';
import { untilHeld } from './pending-training.js';
import { daysSinceDelivery, PEOPLE, PLAN } from './plan.js';
import type { Timeline } from './timeline.js';

/** What a staged fault works with. */
export interface FaultStage {
  readonly perennial: Perennial;
  readonly stack: Stack;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  /** Shows what the ledger has got since. */
  readonly tell: () => Promise<void>;
  /** Waits until the model has settled at a midnight. */
  readonly settle: (midnight: string) => Promise<void>;
}

/** What the staged faults showed. */
export interface FaultsSeen {
  resumedDigestEqual: boolean;
}

/** Something to stage. */
interface Fault {
  readonly from: string;
  /** Days since the last delivery on which it may happen, when no rollout is open; absent: at once. */
  readonly quietFor?: readonly number[];
  readonly act: (midnight: string) => Promise<void>;
}

/** Midnights of the story at which something is staged, and what; each once, at the first quiet midnight from its date on. */
export function createFaults(stage: FaultStage): {
  at(midnight: string): Promise<void>;
  readonly seen: FaultsSeen;
} {
  const seen: FaultsSeen = { resumedDigestEqual: false };
  const waiting: Fault[] = [
    { from: PLAN.fahrenheitDelivery, act: (midnight) => askDuringFahrenheit(stage, midnight) },
    // The contract wants fresh rows: a retrain too long after a delivery would be refused as stale.
    { from: PLAN.killFrom, quietFor: [0, 1, 2, 3], act: (midnight) => killInTraining(stage, midnight, seen) },
    { from: PLAN.shuffleFrom, quietFor: [4], act: (midnight) => forceShuffled(stage, midnight) },
  ];
  return {
    seen,
    async at(midnight) {
      const next = waiting[0];
      if (next === undefined || epoch(midnight) < epoch(next.from)) return;
      if (next.quietFor !== undefined && !(await isQuiet(stage, midnight, next.quietFor))) return;
      waiting.shift();
      await next.act(midnight);
      await stage.settle(midnight);
    },
  };
}

async function isQuiet(stage: FaultStage, midnight: string, days: readonly number[]): Promise<boolean> {
  if (!days.includes(daysSinceDelivery(midnight))) return false;
  return (await stage.perennial.state(PLAN.model)).openRollout === null;
}

/** Somebody asks for a retrain on the week that was delivered in Fahrenheit: the contract refuses it and says why. */
async function askDuringFahrenheit({ perennial, timeline }: FaultStage, midnight: string): Promise<void> {
  timeline.chapter('A delivery has its temperature in Fahrenheit; the requests were right all along');
  timeline.event(midnight, 'attention', `${PEOPLE.operator} asks for a retrain`);
  await perennial.retrain(PLAN.model, {
    by: PEOPLE.operator,
    reason: 'fresh week',
    requestId: 'demo-fahrenheit',
    wait: true,
  });
}

/** The worker dies by SIGKILL in mid-training; another goes on from the checkpoint and ends in the digest of an undisturbed run. */
async function killInTraining(stage: FaultStage, midnight: string, seen: FaultsSeen): Promise<void> {
  const { perennial, timeline, stack, signal } = stage;
  timeline.chapter('The worker is killed in the middle of a training');
  const asked = await perennial.retrain(PLAN.model, {
    by: PEOPLE.operator,
    reason: 'before the summer ends',
    requestId: 'demo-killed',
    staged: { holdAtEpoch: PLAN.killAtEpoch },
  });
  if (!('run' in asked))
    return timeline.event(midnight, 'bad', `the retrain was ${asked.outcome}`, asked.because);
  await untilHeld(perennial, asked.run, signal);
  await stage.tell();
  const worker = stack.worker();
  await worker.kill9();
  timeline.event(
    midnight,
    'bad',
    `kill -9 of the worker (process ${worker.pid}) at epoch ${PLAN.killAtEpoch} of ${asked.run}`,
  );
  const next = await stack.startWorkerAgain();
  timeline.event(midnight, 'strong', `another worker (process ${next.pid}) goes on from the checkpoint`);
  const killed = await perennial.retrainReport(asked.run);
  await stage.tell();
  const twin = await undisturbedTwin(perennial, asked.asOf);
  await stage.tell();
  seen.resumedDigestEqual =
    killed.version !== null &&
    killed.version.digest === twin?.version?.digest &&
    killed.onnxSha256 === twin.onnxSha256;
  const digest = killed.version?.digest.slice(0, 12) ?? 'none';
  const twinDigest = twin?.version?.digest.slice(0, 12) ?? 'none';
  const tone = seen.resumedDigestEqual ? 'good' : 'bad';
  timeline.event(
    midnight,
    tone,
    `killed and resumed ${digest}, undisturbed ${twinDigest}: ${seen.resumedDigestEqual ? 'the same' : 'different'} digest`,
  );
}

/** The same training once more, with nothing in its way and no rollout. */
async function undisturbedTwin(perennial: Perennial, asOf: string): Promise<RetrainReport | undefined> {
  const answer = await perennial.retrain(PLAN.model, {
    by: PEOPLE.operator,
    reason: 'the same training undisturbed, to compare digests',
    requestId: 'demo-undisturbed',
    asOf,
    rollout: false,
    wait: true,
  });
  return answer.report;
}

/** A candidate trained on shuffled labels fails its gates; an operator forces it in; the bake takes it back. */
async function forceShuffled({ perennial, timeline, settle }: FaultStage, midnight: string): Promise<void> {
  timeline.chapter('A bad candidate is forced in by an operator');
  const { report } = await perennial
    .retrain(PLAN.model, {
      by: PEOPLE.operator,
      reason: 'trained on shuffled labels',
      requestId: 'demo-shuffled',
      staged: { shuffleLabels: true },
      wait: true,
    })
    .then((result) => ({ report: result.report }));
  await settle(midnight);
  const version = report?.version?.version;
  if (version === undefined)
    return timeline.event(midnight, 'bad', 'the candidate was not registered', report?.because);
  await perennial.promote(PLAN.model, version, {
    by: PEOPLE.operator,
    reason: 'the dashboard looked fine to me',
  });
}
