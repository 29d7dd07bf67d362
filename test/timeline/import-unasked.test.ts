import { describe, expect, it } from 'vitest';
import { Gate, startScriptedModel } from '../support/scripted-model.js';

const approval = { from: ['ml-leads'] };
const imported = { onnx: { key: 'blobs/a', sha256: 'a'.repeat(64), bytes: 10 } };

describe('an import that may know the holdout', () => {
  it('is no candidate where the spec asks nobody, unless its training ended before the holdout', async () => {
    const line = await startScriptedModel();
    await line.apply({ rollout: { first: 'auto', approval } }, { imported });
    await line.until('it was judged', (state) => state.openRetrain === null && state.outbox.length === 0);
    const last = (await line.registry.ledger(line.model)).at(-1);
    expect(last).toMatchObject({ kind: 'retrain-ended', champion: null });
    expect(last?.why).toMatch(
      /^inconclusive: unseen-holdout: .*may know the holdout; no person would decide/,
    );

    const earlier = { ...imported, trainedTo: '2010-12-01T00:00:00Z' };
    await line.update('retrain', { by: 'ada', imported: earlier });
    await line.until('it serves', (state) => state.aliases.champion !== null && state.openRollout === null);
  });

  it('is not promoted unasked when the spec stops asking while it is judged', async () => {
    const line = await startScriptedModel();
    const hold = new Gate<true>();
    line.script.holdTraining = hold;
    await line.apply({ rollout: { approval } }, { imported });
    expect(await line.apply({ rollout: { first: 'auto', approval } })).toMatchObject({ outcome: 'applied' });
    hold.open(true);
    const written = await line.until(
      'its rollout ended',
      (state) =>
        state.nextAttempt[1] !== undefined && state.openRollout === null && state.outbox.length === 0,
    );
    expect(written.aliases.champion).toBeNull();
    const last = (await line.registry.ledger(line.model)).at(-1);
    expect(last).toMatchObject({ kind: 'rollout-ended', version: 1 });
    expect(last?.why).toMatch(
      /^refused: it may know the holdout, and the spec no longer has a person decide/,
    );
  });
});
