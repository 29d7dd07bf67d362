import { expect, it } from 'vitest';
import { jsonBytes } from '../../domain/bounds.js';
import { serveFirst, firstByItself } from '../replay/steps.js';
import { carriedStates, runsOf } from '../support/lifecycle-runs.js';
import { startScriptedModel, waitUntil } from '../support/scripted-model.js';

const soak = process.env['PERENNIAL_SOAK'] === '1';
/** Five years with a check every four to five hours; in short, some weeks of it with shorter runs. */
const CHECKS = soak ? 10_000 : 75;
const HISTORY_LIMIT = soak ? 1800 : 100;
const EVERY_MS = 4.38 * 3_600_000;
/**
 * Where the server begins to warn of a long history. A run ends some way past its own limit: what is in hand is answered first, and timers that let
 * the answers out fire late on a loaded server while messages go on.
 */
const MOST_EVENTS = soak ? 10_240 : 500;
/** As after an outage, when several slots are caught up; one that is overtaken is told as historical. */
const AT_ONCE = 5;
const KIB = 1024;

it(`${CHECKS} checks stay within the history budget, and every one is in the ledger`, async () => {
  const line = await startScriptedModel({ historyLimit: HISTORY_LIMIT });
  await serveFirst(line, firstByItself());
  const start = Date.parse('2011-04-01T00:00:00.000Z');
  const check = (i: number): Promise<unknown> => {
    const asOf = new Date(start + i * EVERY_MS).toISOString();
    const numbers = { ratio: 0.5, lower: 0.4, baseline: 0.6, rows: 168 };
    const because = 'ratio 0.50 to the naive forecast, at release 0.60';
    const quiet = { kind: 'performance', outcome: 'quiet', action: 'none', because, numbers };
    const report = { run: `monitor/${line.model}-${asOf}`, asOf, watermark: asOf, champion: 1 };
    return line.update('checked', { ...report, triggers: [quiet], evidence: null });
  };
  for (let i = 1; i <= CHECKS; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, CHECKS - i + 1) }, (_, k) => check(i + k));
    await Promise.all(some);
  }
  const runs = await waitUntil(
    'its runs are listed',
    () => runsOf(line),
    (listed) => listed.length > (CHECKS * 6) / HISTORY_LIMIT / 2,
  );
  for (const { events, bytes } of runs) {
    expect(events).toBeLessThan(MOST_EVENTS);
    expect(bytes).toBeLessThan(2048 * KIB);
  }
  for (const state of await carriedStates(line)) expect(jsonBytes(state)).toBeLessThan(32 * KIB);
  const checks = (await line.registry.ledger(line.model)).filter(({ who }) => who === 'monitor');
  expect(new Set(checks.map(({ asOf }) => asOf)).size).toBe(CHECKS);
  expect(checks).toHaveLength(CHECKS);
  console.log(
    `${CHECKS} checks: ${runs.length} runs, at most ${Math.max(...runs.map(({ events }) => events))} events, ` +
      `${Math.round(Math.max(...runs.map(({ bytes }) => bytes)) / KIB)} KiB of history, ` +
      `${Math.max(...(await carriedStates(line)).map(jsonBytes))} bytes of state`,
  );
});
