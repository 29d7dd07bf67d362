import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aliasesAt, constant, registerHandMade } from '../../serving/fixtures.js';
import { inferBody, outputOf, storedRows } from '../../serving/test-server.js';
import { createRegistry } from '../../storage/registry/registry.js';
import { keepCalling, servingBench, type ServingBench, type ServingProcess } from '../support/serving.js';

const MODEL = '/v2/models/bike-demand';
const SOAK = process.env['PERENNIAL_SOAK'] === '1';
const KILLS = SOAK ? 20 : 3;
/** Rows reach the disk within 50 ms of their answer; the rest is for a machine that is busy with other tests. */
const FLUSH_WINDOW_MS = 500;
const TOKEN = 'a-secret-that-nobody-guesses';

async function prepared(): Promise<ServingBench> {
  const bench = servingBench();
  const one = await registerHandMade(bench.store, constant(1));
  await registerHandMade(bench.store, constant(2));
  await createRegistry(bench.store).setAliases(aliasesAt(1, { champion: one }));
  return bench;
}

/** One day of hourly requests, then the clock moves to its end. */
async function postDay(server: ServingProcess, day: string): Promise<readonly unknown[]> {
  const hours = Array.from({ length: 24 }, (_, hour) => `${day}T${String(hour).padStart(2, '0')}:00:00Z`);
  const rows = inferBody(hours.map((_, hour) => hour)) as { inputs: unknown[] };
  const eventTime = { name: 'event_time', shape: [24], datatype: 'BYTES', data: hours };
  const answer = await server.call(`${MODEL}/infer`, { inputs: [...rows.inputs, eventTime] });
  const to = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString();
  expect((await server.call('/v2/clock', { to })).body).toEqual({ clock: to });
  return outputOf(answer, 'prediction_id');
}

describe('the serving process', () => {
  it('refuses to listen beyond this machine without a token', async () => {
    const bench = await prepared();
    await expect(bench.start({ PERENNIAL_SERVING_HOST: '0.0.0.0' })).rejects.toThrow(
      "PERENNIAL_SERVING_HOST is '0.0.0.0'; expected a loopback address",
    );
  });

  it('refuses a spool folder that a live process uses', async () => {
    const bench = await prepared();
    await bench.start();
    await expect(bench.start()).rejects.toThrow('in use by process');
  });

  it('lets in only who has the token, and never writes it down', async () => {
    const bench = await prepared();
    const server = await bench.start({ PERENNIAL_SERVING_TOKEN: TOKEN });
    const two = (await createRegistry(bench.store).listVersions('bike-demand'))[1];
    const aliases = aliasesAt(2, { champion: two ?? null });
    for (const authorization of ['', TOKEN, `Bearer ${TOKEN}x`, 'Bearer ']) {
      const { status, body } = await server.call(`${MODEL}/pin`, aliases, { authorization });
      expect([status, body['error']]).toEqual([401, expect.stringContaining("'Bearer <token>'")]);
    }
    expect((await server.call(`${MODEL}/infer`, inferBody([1]))).status).toBe(401);
    expect((await server.call('/v2/health/ready')).status).toBe(200);
    const known = { authorization: `Bearer ${TOKEN}` };
    expect((await server.call(`${MODEL}/pin`, aliases, known)).body).toMatchObject({ champion: 2 });
    expect(outputOf(await server.call(`${MODEL}/infer`, inferBody([1]), known), 'prediction')).toEqual([2]);
    expect(readFileSync(server.logFile, 'utf8')).not.toContain(TOKEN);
  });

  it('answers only loopback names while it has no token', async () => {
    const server = await (await prepared()).start();
    const { port } = new URL(server.url);
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'evil.example' };
      request({ port, path: '/v2', headers }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('finishes what it has when it is told to stop, and leaves a whole log in the store', async () => {
    const bench = await prepared();
    const server = await bench.start();
    let answered = 0;
    const stop = keepCalling(8, async () => {
      try {
        const { status } = await server.call(`${MODEL}/infer`, inferBody([1]));
        if (status === 200) answered += 1;
      } catch {
        // Refused or closed: it is stopping. What counts is that everything answered is logged.
      }
    });
    await expect.poll(() => answered).toBeGreaterThan(50);
    await server.stop();
    await stop();
    expect(await storedRows(bench.store)).toHaveLength(answered);
    expect(existsSync(join(bench.folder, 'r1', 'owner.pid'))).toBe(false);
  });

  it(`loses at most the answers of the last moment when it is killed, ${KILLS} times, and nothing is torn`, async () => {
    const bench = await prepared();
    /** When each answer arrived, and how long before the kill of its process. */
    const answered = new Map<string, number>();
    const beforeKill = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      const server = await bench.start();
      const before = answered.size;
      const stop = keepCalling(8, async () => {
        const answer = await server.call(`${MODEL}/infer`, inferBody([1])).catch(() => undefined);
        if (answer?.status === 200) answered.set(String(outputOf(answer, 'prediction_id')[0]), Date.now());
      });
      await expect.poll(() => answered.size).toBeGreaterThan(before + 300);
      const killed = Date.now();
      await server.kill9();
      await stop();
      for (const [id, at] of [...answered].slice(before)) beforeKill.set(id, killed - at);
    }
    const last = await bench.start();
    const { body } = await last.call(`${MODEL}/status`);
    expect(body).toMatchObject({ champion: 1 });
    const stored = await storedRows(bench.store);
    const ids = new Set(stored.map((row) => row.prediction_id));
    expect(ids.size).toBe(stored.length);
    const lost = [...beforeKill].filter(([id]) => !ids.has(id)).map(([, ms]) => ms);
    const most = Math.max(0, ...lost);
    if (SOAK)
      process.stdout.write(`${lost.length} of ${answered.size} answers lost, ${most} ms old at most\n`);
    expect(most).toBeLessThan(FLUSH_WINDOW_MS);
    expect(answered.size - lost.length).toBeGreaterThan(KILLS * 200);
  });

  it('does not leave its shadow scorer behind when it is killed', async () => {
    const bench = await prepared();
    const [one, two] = await createRegistry(bench.store).listVersions('bike-demand');
    const aliases = aliasesAt(2, { champion: one ?? null, challenger: two ?? null });
    const server = await bench.start();
    await server.call(`${MODEL}/pin`, aliases);
    const scorer = scorerPid(server.logFile);
    expect(isRunning(scorer)).toBe(true);
    await server.kill9();
    await expect.poll(() => isRunning(scorer), { timeout: 20_000 }).toBe(false);
  });
});

describe('the stepped clock', () => {
  it('gives two equal runs equal logs', async () => {
    const run = async (): Promise<unknown> => {
      const bench = await prepared();
      const two = (await createRegistry(bench.store).listVersions('bike-demand'))[1] ?? null;
      const server = await bench.start({ PERENNIAL_CLOCK: 'stepped' });
      await server.call('/v2/clock', { to: '2011-04-01T00:00:00Z' });
      await postDay(server, '2011-04-01');
      await server.call(`${MODEL}/pin`, aliasesAt(2, { champion: two }));
      await postDay(server, '2011-04-02');
      const { body } = await server.call(`${MODEL}/status`);
      expect(body).toMatchObject({
        clock: '2011-04-03T00:00:00.000Z',
        stepped: true,
        newestEvent: '2011-04-02T23:00:00.000Z',
      });
      return storedRows(bench.store);
    };
    const [first, second] = [await run(), await run()];
    expect(first).toHaveLength(48);
    expect(second).toEqual(first);
    expect(first).toMatchObject([
      { version: 1, event_time: '2011-04-01T00:00:00.000Z', received_at: '2011-04-01T00:00:00.000Z' },
      ...new Array<object>(23).fill({ version: 1, ahead_of_clock: true }),
      ...new Array<object>(24).fill({ version: 2 }),
    ]);
  });

  it('never goes back, also over a restart, and takes events that lie ahead as such', async () => {
    const bench = await prepared();
    const server = await bench.start({ PERENNIAL_CLOCK: 'stepped' });
    const first = await postDay(server, '2011-04-01');
    await server.stop();
    const again = await bench.start({ PERENNIAL_CLOCK: 'stepped' });
    const back = await again.call('/v2/clock', { to: '2011-04-01T12:00:00Z' });
    expect([back.status, back.body['error']]).toEqual([
      409,
      expect.stringContaining('expected 2011-04-02T00:00:00.000Z or later'),
    ]);
    expect((await again.call(`${MODEL}/status`)).body).toMatchObject({
      clock: '2011-04-02T00:00:00.000Z',
      newestEvent: '2011-04-01T23:00:00.000Z',
    });
    const second = await postDay(again, '2011-04-02');
    expect(second.filter((id) => first.includes(id))).toEqual([]);
  });

  it('does not exist on a server by the wall clock', async () => {
    const server = await (await prepared()).start();
    const { status, body } = await server.call('/v2/clock', { to: '2011-04-01T00:00:00Z' });
    expect([status, body['error']]).toEqual([409, expect.stringContaining('expected a stepped clock')]);
  });
});

/** The process of the shadow scorer, by the server's log. */
function scorerPid(logFile: string): number {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  const pids = lines.map((line) => Number(/"scorerPid":(\d+)/.exec(line)?.[1] ?? 0));
  return pids.find((pid) => pid > 0) ?? 0;
}

function isRunning(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
