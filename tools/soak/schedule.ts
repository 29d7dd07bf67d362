import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Plant } from '../../test/chaos/plant.js';
import { at, rows } from '../../test/chaos/world.js';
import { checkInvariants } from './invariants.js';
import { begin, live, settle } from './life.js';
import { letLoose } from './monkey.js';
import { makeNoise } from './noise.js';
import { planOf } from './plan.js';
import { startPump } from './pump.js';

/** What to run. */
export interface Schedule {
  /** For how long to begin new lives; undefined: the one life of `seed`. */
  readonly minutes: number | undefined;
  /** Of the first life; each next one has the next. */
  readonly seed: number;
  readonly atOnce: number;
  readonly say: (line: string) => void;
}

interface Sum {
  lives: number;
  kills: number;
  faults: number;
  terminated: number;
  answers: number;
  lost: number;
  readonly failed: number[];
}

/** Runs lives with seeded faults and tells a line of each. Gives the number of lives that broke something. */
export async function runSchedule({ minutes, seed, atOnce, say }: Schedule): Promise<number> {
  const end = performance.now() + (minutes ?? 0) * 60_000;
  const sum: Sum = { lives: 0, kills: 0, faults: 0, terminated: 0, answers: 0, lost: 0, failed: [] };
  let next = seed;
  const run = async (): Promise<void> => {
    while (next === seed || (minutes !== undefined && performance.now() < end))
      await runLife(next++, sum, say);
  };
  await Promise.all(Array.from({ length: minutes === undefined ? 1 : atOnce }, run));
  say(
    `${sum.lives} lives, ${sum.kills} kills, ${sum.faults} faults of the store, ${sum.terminated} runs terminated, ` +
      `${sum.answers} answers (${sum.lost} lost within the window of a kill), ${sum.failed.length} lives with violations`,
  );
  for (const failed of sum.failed) say(`repeat: npm run soak -- --seed ${failed}`);
  return sum.failed.length;
}

async function runLife(seed: number, sum: Sum, say: (line: string) => void): Promise<void> {
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `perennial-soak-${seed}-`));
  const life = await livedIn(folder, seed).catch((error: unknown) => ({ failure: describe(error) }));
  const seconds = Math.round((performance.now() - begun) / 1000);
  sum.lives += 1;
  const violations = 'failure' in life ? [life.failure] : life.violations;
  if ('told' in life) {
    sum.kills += life.kills;
    sum.faults += life.faults;
    sum.terminated += life.terminated;
    sum.answers += life.answers;
    sum.lost += life.lost;
  }
  const told = 'told' in life ? life.told : 'did not end';
  say(`seed ${seed}: ${seconds} s, ${told}: ${violations.length === 0 ? 'ok' : 'VIOLATIONS'}`);
  for (const violation of violations) say(`  ${violation}`);
  if (violations.length === 0) rmSync(folder, { recursive: true, force: true });
  else {
    sum.failed.push(seed);
    say(`  its logs: ${folder}`);
  }
}

async function livedIn(folder: string, seed: number) {
  const plan = planOf(seed);
  const plant = await Plant.start(folder, { PERENNIAL_S3_TIMEOUT_MS: '2000' });
  try {
    await begin(plant, plan);
    const noises = [plant.proxies.worker, plant.proxies.serving].map((proxy, i) =>
      makeNoise(proxy, plan.noise, seed + i),
    );
    const pump = startPump(plant, rows(at(21), at(21, 2)));
    const monkey = letLoose(plant, plan);
    const acts = await live(plant, plan, pump).finally(() => monkey.stop());
    for (const noise of noises) noise.end();
    await settle(plant);
    await pump.stop();
    const { done } = monkey;
    const found = await checkInvariants(plant, done, pump);
    const faults = noises.reduce((total, noise) => total + noise.met(), 0);
    const kills = done.kills.map(({ phase, parts }) => `${parts.join('+')} in ${phase}`);
    const told =
      `killed ${kills.join(', ') || 'nothing'}; ${faults} faults of the store; terminated ${done.terminated.join(', ') || 'nothing'}; ` +
      `${acts.raced.length} racing requests; ${pump.answers.length} answers, ${found.lost} lost`;
    return {
      ...{
        told,
        faults,
        terminated: done.terminated.length,
        kills: done.kills.reduce((n, { parts }) => n + parts.length, 0),
      },
      ...{ answers: pump.answers.length, lost: found.lost, violations: found.violations },
    };
  } finally {
    await plant.stop();
  }
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${String(error.cause)})` : '';
  return `${String(error)}${cause}`;
}
