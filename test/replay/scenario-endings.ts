import { Gate } from '../support/scripted-steps.js';
import {
  askNew,
  bakeSaw,
  bringToBake,
  firstByItself,
  idle,
  idsOf,
  type Scenario,
  serveFirst,
  shadowSaw,
  waitingIn,
  bringToApproval,
} from './steps.js';

/** Every way in which a retrain ends without a candidate, and a candidate that a person rejects. */
export const retrainEndings: Scenario = {
  model: 'retrain-endings',
  async play(line, record) {
    const ids = idsOf(line);
    const { script } = line;
    await serveFirst(line);
    const ends = async (what: string, n: number): Promise<void> => {
      await idle(line);
      await record.closed(`retrain.${what}`, ids.retrain(n));
    };
    await line.update('retrain', { by: 'ada' });
    await ends('same-as-champion', 2);
    script.violations = ['range temp: found 77 in 168 rows, allowed 0 … 1'];
    await askNew(line);
    await ends('contract-broken', 3);
    script.violations = [];
    script.leaks = ['lag1 of 2011-03-02T00:00:00.000Z: trained 7, visible 6'];
    await askNew(line);
    await ends('leak', 4);
    script.leaks = [];
    script.upper = 0.3;
    await askNew(line);
    await ends('gates-failed', 5);
    script.upper = 0.03;
    await askNew(line);
    await ends('inconclusive', 6);
    script.upper = -0.1;
    await askNew(line);
    await bringToApproval(line, 2);
    await line.update('decide', { version: 2, decision: 'reject', by: 'ada', reason: 'not now' });
    await idle(line);
    await record.closed('rollout.rejected', ids.rollout(2));
    await line.update('retrain', { by: 'ada' });
    await ends('ruled-out', 8);
    script.holdTraining = new Gate<true>();
    await askNew(line);
    await line.until('it trains', () => script.trainings === 9 - 2);
    await line.client.workflow.getHandle(ids.retrain(9)).cancel();
    await ends('cancelled', 9);
    await record.open('lifecycle.retrain-endings', ids.lifecycle);
  },
};

/** Every way in which a rollout ends by the data, by a newer candidate, by hand or by cancelling. */
export const rolloutEndings: Scenario = {
  model: 'rollout-endings',
  async play(line, record) {
    const ids = idsOf(line);
    const rollout = (version: number) => line.client.workflow.getHandle(ids.rollout(version));
    await serveFirst(line);
    await askNew(line);
    await waitingIn(line, 2, 'shadow');
    await askNew(line);
    await waitingIn(line, 3, 'shadow');
    await record.closed('rollout.superseded-in-shadow', ids.rollout(2));
    line.shadow.open(shadowSaw);
    await waitingIn(line, 3, 'approval');
    await askNew(line);
    await record.closed('rollout.superseded-in-approval', ids.rollout(3));
    await bringToBake(line, 4);
    // A newer candidate waits behind a bake.
    await askNew(line);
    await line.until('it waits', ({ waitingCandidate }) => waitingCandidate !== null);
    line.bake.open(bakeSaw('roll-back'));
    await record.closed('rollout.rolled-back-by-bake', ids.rollout(4));
    await bringToBake(line, 5);
    await line.update('rollback', { by: 'grace', reason: 'complaints' });
    await idle(line);
    await record.closed('rollout.rolled-back-by-hand', ids.rollout(5));
    await askNew(line);
    await waitingIn(line, 6, 'shadow');
    await rollout(6).cancel();
    await idle(line);
    await record.closed('rollout.cancelled-in-shadow', ids.rollout(6));
    await askNew(line);
    await bringToBake(line, 7);
    await rollout(7).cancel();
    await idle(line);
    await record.closed('rollout.cancelled-in-bake', ids.rollout(7));
    await record.open('lifecycle.rollout-endings', ids.lifecycle);
  },
};

const asked = { from: ['ml-leads'], expiresAfter: '2 seconds' };

/** Waits that run out: nobody decides, and a shadow that sees too little. */
export const shortWaits: Scenario = {
  model: 'short-waits',
  async play(line, record) {
    const ids = idsOf(line);
    await line.apply({ rollout: { first: 'ask', approval: asked } });
    await idle(line);
    await record.closed('rollout.expired', ids.rollout(1));
    const shadow = { requests: 1, span: '1 second', giveUpAfter: '3 seconds' };
    await line.apply({ rollout: { first: 'ask', shadow, approval: { ...asked, onExpiry: 'approve' } } });
    await line.update('retrain', { by: 'ada', reason: 'ask again' });
    await line.until('it serves', ({ aliases }) => aliases.champion !== null);
    await idle(line);
    await record.closed('rollout.approved-on-expiry', ids.rollout(2));
    await askNew(line);
    await waitingIn(line, 3, 'shadow');
    await idle(line);
    await record.closed('rollout.gave-up', ids.rollout(3));
    await record.open('lifecycle.short-waits', ids.lifecycle);
  },
};

/** A model whose rollouts ask nobody. */
export const nobodyAsked: Scenario = {
  model: 'nobody-asked',
  async play(line, record) {
    const ids = idsOf(line);
    await line.apply({ rollout: { first: 'auto' } });
    await idle(line);
    await record.closed('rollout.first-by-itself', ids.rollout(1));
    await askNew(line);
    await waitingIn(line, 2, 'shadow');
    line.shadow.open(shadowSaw);
    await waitingIn(line, 2, 'bake');
    // A stricter spec is taken at once; a looser one needs a second person.
    await line.apply(firstByItself());
    await line.apply({ rollout: { first: 'auto' } });
    line.bake.open(bakeSaw('pass'));
    await idle(line);
    await record.closed('rollout.promoted-without-asking', ids.rollout(2));
    await record.open('lifecycle.spec-changes', ids.lifecycle);
  },
};
