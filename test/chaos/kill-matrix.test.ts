import { expect, it } from 'vitest';
import { differences } from './end-state.js';
import { QUICK, WHOLE } from './plans.js';
import { runStory, type StoryEnd } from './run-story.js';
import type { Strike } from './strike.js';
import { at } from './world.js';
import { writeKillMatrix, type Outcome } from './table.js';

// Two stories at a time: a killed worker's work is waited for, not worked on.
const AT_ONCE = 2;

const soak = process.env['PERENNIAL_SOAK'] === '1';

const quick = (): void =>
  it('each process, and two at once, killed within one life: every decision is taken once, in order', async () => {
    const end = await runStory(QUICK);
    expect(end.struck.map(({ phase }) => phase)).toEqual(QUICK.map(({ phase }) => phase));
    expect(
      end.ledger.map(({ kind, version, champion, effectiveFrom }) => [
        kind,
        version,
        champion,
        effectiveFrom,
      ]),
    ).toEqual([
      ['spec-applied', null, null, null],
      ['from-source', null, null, null],
      ['retrain-requested', null, null, null],
      ['retrain-ended', 1, null, null],
      ['rollout-started', 1, null, null],
      ['first', 1, 1, at(20, 1)],
      ['rollout-ended', 1, 1, null],
      ['retrain-requested', null, 1, null],
      ['retrain-ended', 2, 1, null],
      ['rollout-started', 2, 1, null],
      ['promoted', 2, 2, at(22, 13)],
      ['bake-ended', 2, 2, null],
      ['rollout-ended', 2, 2, null],
      ['rolled-back', 2, 1, at(23, 14)],
      ['retrain-requested', null, 1, null],
      ['retrain-ended', null, 1, null],
    ]);
    // Trained again with nothing in its way, the same rows give the same bytes.
    expect(end.ledger.at(-1)?.why).toContain('ruled-out: the same model');
    expect(end.aliases).toMatchObject({
      generation: 5,
      champion: { version: 1 },
      challenger: null,
      baking: false,
    });
    expect(end.storedAliases).toEqual(end.aliases);
    expect(end.versions.map(({ version }) => version)).toEqual([1, 2]);
    expect(end.logged).toEqual({
      'champion 1': 94,
      'shadow 2': 26,
      'champion 2': 50,
      'reverse-shadow 1': 50,
    });
    expect(end.misLogged).toEqual([]);
  });

const whole = (): void =>
  it('every process and every pair killed in every phase: each life ends as the undisturbed one', async () => {
    const undisturbed = await runStory();
    const outcomes: Outcome[] = [];
    const left = [...WHOLE];
    const tell = async (): Promise<void> => {
      for (let plan = left.shift(); plan !== undefined; plan = left.shift()) {
        const outcome = await outcomeOf(plan, undisturbed);
        outcomes.push(outcome);
        console.log(describeOutcome(outcome));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, tell));
    await writeKillMatrix(outcomes);
    expect(outcomes.flatMap((outcome) => outcome.differences)).toEqual([]);
    expect(
      outcomes.flatMap(({ struck }) => struck.flatMap(({ parts }) => parts)).length,
    ).toBeGreaterThanOrEqual(200);
  }, 3_600_000);

if (soak) whole();
else quick();

/** A life that does not end is one that ended differently. */
async function outcomeOf(plan: readonly Strike[], undisturbed: StoryEnd): Promise<Outcome> {
  try {
    const end = await runStory(plan);
    return { struck: end.struck, differences: differences(undisturbed, end) };
  } catch (error) {
    return { struck: plan.map((strike) => ({ ...strike, recoveryMs: NaN })), differences: [String(error)] };
  }
}

function describeOutcome({ struck, differences: found }: Outcome): string {
  const [first] = struck;
  const took = struck.map(({ phase, recoveryMs }) => `${phase} ${(recoveryMs / 1000).toFixed(1)} s`);
  return [`${first?.parts.join(' + ')} ${first?.held}: ${took.join(', ')}`, ...found].join('\n  ');
}
