import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migrateLifecycleState } from './lifecycle-migrations.js';
import { lifecycleInputSchema, lifecycleStateSchema, newLifecycleState } from './lifecycle-state.js';

// What version 0.1.0 carried over continue-as-new. Kept for ever: a model may have slept since.
const first: unknown = JSON.parse(
  readFileSync(new URL('./fixtures/lifecycle-state-1.json', import.meta.url), 'utf8'),
);

describe('a lifecycle state of the first format', () => {
  it('is read, and says the same', () => {
    const { state } = lifecycleInputSchema.parse({ model: 'bike-demand', state: first, historyLimit: 2000 });
    expect(state).toMatchObject({
      format: 'perennial-lifecycle/2',
      aliases: { generation: 14, champion: { version: 3 } },
      openRetrain: { n: 5 },
      openRollout: { run: 'rollout/bike-demand/4' },
      waitingCandidate: { version: { version: 5 } },
      queue: [{ reason: 'for the audit' }],
      outbox: [{ seq: 41, kind: 'check' }],
      ruledOut: ['0123456789abcdef01234567', 'f'.repeat(24)],
      answers: [],
      unrecorded: {},
    });
  });

  it('is migrated once: the present format stays as it is', () => {
    const now = lifecycleStateSchema.parse(migrateLifecycleState(first));
    expect(migrateLifecycleState(now)).toBe(now);
    const fresh = newLifecycleState('bike-demand');
    expect(lifecycleStateSchema.parse(migrateLifecycleState(fresh))).toEqual(fresh);
  });
});

describe('a state that nobody here can read', () => {
  it('is left to the schema, which finds it wrong', () => {
    expect(lifecycleInputSchema.safeParse({ model: 'm', state: { format: 'x' } }).success).toBe(false);
  });
});
