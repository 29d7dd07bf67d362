import type { Webhook } from '../../domain/webhooks.js';
import { startReceiver } from '../support/webhook-receiver.js';
import { idle, idsOf, type Scenario, waitingIn } from './steps.js';

const webhooks: Webhook[] = [];

/** People are told of a question, twice, and of its end; then of something that their receiver does not want. */
export const notifications: Scenario = {
  model: 'notifications',
  webhooks,
  async play(line, record) {
    const receiver = await startReceiver();
    try {
      const hook = { kind: 'generic' as const, models: undefined, events: undefined, buttons: false };
      webhooks.push({ ...hook, name: 'team', url: receiver.url, secret: undefined });
      const ids = idsOf(line);
      await line.apply({ rollout: { approval: { from: ['ml-leads'], expiresAfter: '20 seconds' } } });
      await waitingIn(line, 1, 'approval');
      const asked = await line.client.workflow.getHandle(ids.rollout(1)).describe();
      await record.closed('notify.asked-twice', `notify/${ids.rollout(1)}/${asked.runId}/approval-waiting`);
      await line.update('decide', { version: 1, decision: 'approve', by: 'ada', reason: 'better' });
      await record.closed('rollout.announced', ids.rollout(1));
      await idle(line);
      const told = async (kind: string): Promise<string> => {
        const found = (await line.registry.ledger(line.model)).findLast((one) => one.kind === kind);
        return `notify/${line.model}/${found?.seq ?? ''}/${found?.decidedAt ?? ''}`;
      };
      await record.closed('notify.promoted', await told('first'));
      receiver.answer = () => ({ status: 400 });
      line.script.violations = ['range temp: one row above 2'];
      await line.update('retrain', { by: 'grace', reason: 'more rows' });
      await idle(line);
      await record.closed('notify.not-delivered', await told('retrain-ended'));
    } finally {
      await receiver.close();
    }
  },
};
