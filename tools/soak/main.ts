import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runSchedule } from './schedule.js';

// npm run soak                                    every test with long counts
// npm run soak -- <filter>                        those whose file matches
// npm run soak -- --minutes 30 [--seed N]         lives with seeded faults, one seed after the other, for that long
// npm run soak -- --seed N                        the life of one seed
const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, 'at-once': { type: 'string' } },
  allowPositionals: true,
});

if (values.minutes === undefined && values.seed === undefined) {
  const env = { ...process.env, PERENNIAL_SOAK: '1' };
  const { status } = spawnSync('npx', ['vitest', 'run', ...positionals], { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  const minutes = values.minutes === undefined ? undefined : numberOf('--minutes', values.minutes);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : numberOf('--seed', values.seed);
  const atOnce = numberOf('--at-once', values['at-once'] ?? '2');
  const violations = await runSchedule({ minutes, seed, atOnce, say: (line) => console.log(line) });
  process.exit(violations === 0 ? 0 : 1);
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${flag} is '${text}'; expected a number of at least 0.`);
}
