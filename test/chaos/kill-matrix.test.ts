import { expect, it } from 'vitest';
import { differences } from './end-state.js';
import { QUICK, WHOLE } from './plans.js';
import { runStory, type StoryEnd } from './run-story.js';
import type { Strike } from './strike.js';
import { writeKillMatrix, type Outcome } from './table.js';

// Two stories at a time: a killed worker's work is waited for, not worked on.
const AT_ONCE = 2;

const soak = process.env['PERENNIAL_SOAK'] === '1';

const quick = (): void =>
  it('each process, and two at once, killed within one life: it ends as the undisturbed one', async () => {
    const [undisturbed, disturbed] = await Promise.all([runStory(), runStory(QUICK)]);
    expect(disturbed.struck.map(({ phase }) => phase)).toEqual(QUICK.map(({ phase }) => phase));
    expect(differences(undisturbed, disturbed)).toEqual([]);
  }, 180_000);

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
