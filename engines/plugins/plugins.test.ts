import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PluginUse } from '../../domain/spec/plugin-section.js';
import { callPlugin, loadPlugin, openPlugins, type Plugins, requirePinned } from './index.js';

// Real modules in real threads; JavaScript without imports, because that loads soonest.
const folder = mkdtempSync(join(tmpdir(), 'perennial-plugins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MODULE = `
import { answers } from './answers.mjs';
const judge = ({ options }) => answers[options.do](options);
export default {
  name: 'ours', version: '1.2.0',
  gates: { any: { judge, options: { parse: (given) => {
    if (!('do' in given)) throw new Error('do is missing');
    return given;
  } } }, quick: { judge, timeout: '700 ms' } },
  trainers: { for: { tasks: ['binary'], train: () => ({}) }, telling: { train: answers.tell } },
};`;
const ANSWERS = `
import { execFileSync } from 'node:child_process';
import { parentPort } from 'node:worker_threads';
export const answers = {
  env: () => process.env,
  throw: () => { throw new TypeError('no such column'); },
  later: () => { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => undefined); },
  exit: () => process.exit(3),
  function: () => () => 1,
  loop: () => { for (;;); },
  echo: ({ said }) => said,
  program: ({ file }) => execFileSync('sh', ['-c', 'echo $$ > "$0"; exec sleep 300', file]),
  tell: (_, { progress }) => {
    for (const of of [null, 'hello', { kind: 'said' }, { kind: 'answer', answer: 3 }]) parentPort.postMessage(of);
    progress({ epoch: 3, epochs: 10, loss: 0.5 });
    progress({ epoch: 4n });
  },
};`;

const file = join(folder, 'ours.mjs');
const helper = join(folder, 'answers.mjs');
const write = (answers: string): void => writeFileSync(helper, answers);
let plugins: Plugins;
beforeAll(async () => {
  writeFileSync(file, MODULE);
  write(ANSWERS);
  plugins = await openPlugins([file]);
});

const use = (name: string, role: PluginUse['role'] = 'gate'): PluginUse => ({ role, name, path: 'gates.0' });
/** Asks a gate to do something. */
const ask = (options: Record<string, unknown>, own = 'any', signal?: AbortSignal): Promise<unknown> => {
  const facts = { options } as never; // the gates of this test read nothing else
  const part = plugins.find(use(`ours/${own}`), 'regression');
  return callPlugin(part, { what: 'judge', name: own, of: facts }, { signal });
};

describe('the plug-ins of a worker', () => {
  it('are named by what they bring and by their code', () => {
    const [ours] = plugins.list;
    expect(ours).toMatchObject({ name: 'ours', version: '1.2.0', trainer: { for: { tasks: ['binary'] } } });
    expect(ours?.gate['quick']).toEqual({ timeoutMs: 700, tasks: null });
    expect(ours?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are refused at the start: two of one name, and one that ends the thread that loads it', async () => {
    const other = join(folder, 'other.mjs');
    writeFileSync(other, `export default { name: 'ours', version: '2' };`);
    await expect(openPlugins([file, other])).rejects.toThrow(
      `name of the plug-ins ${file} and ${other} is 'ours'; expected a name for each plug-in of a worker.`,
    );
    writeFileSync(other, 'process.exit(0);');
    await expect(openPlugins([other])).rejects.toThrow(
      `plug-in ${other} (its thread ended with code 0); expected a module whose default export is definePlugin({…}).`,
    );
  });

  it.each([
    ['export const x = 1;', /expected object, received undefined/],
    ['export default { name: "Ours", version: "1" }', /name: a name such as 'ours'/],
    ['export default { name: "a", version: "1", gate: {} }', /Unrecognized key: "gate"/],
    [
      'export default { name: "a", version: "1", gates: { g: { judge: 1 } } }',
      /gates\.g\.judge: expected a function, judge\(facts\)/,
    ],
    [
      'export default { name: "a", version: "1", gates: { g: { judge() {}, timeout: "2 hours" } } }',
      /gates\.g\.timeout: expected a duration of at most 1 hour/,
    ],
    ['throw new Error("not today");', /importing it failed: Error: not today/],
  ])('are no plug-ins: %s', async (code, why) => {
    const other = join(mkdtempSync(join(folder, 'none-')), 'none.mjs');
    writeFileSync(other, code);
    await expect(loadPlugin(other)).rejects.toMatchObject({
      type: 'plugin-unusable',
      message: expect.stringMatching(why),
    });
  });

  it('are files that are there and whose imports are', async () => {
    await expect(openPlugins([join(folder, 'ours.py')])).rejects.toThrow(/expected a file named \.ts/);
    await expect(openPlugins([join(folder, 'absent.ts')])).rejects.toThrow(/there is no such file/);
    const lost = join(folder, 'lost.mjs');
    writeFileSync(lost, `import './nowhere.mjs';`);
    await expect(openPlugins([lost])).rejects.toThrow(/Could not resolve "\.\/nowhere\.mjs"/);
  });

  it('are found by their name, for a task that they can do', async () => {
    expect(() => plugins.find(use('ours/none'), 'binary')).toThrow(
      "gates.0 is 'ours/none'; expected a gate of a plug-in that this worker has loaded: ours/any, ours/quick.",
    );
    expect(() => plugins.find(use('constructor/prototype'), 'binary')).toThrow(/has loaded: ours\/any/);
    expect(() => plugins.find(use('ours/for', 'trainer'), 'regression')).toThrow(/\(it is for binary\)/);
    await expect(plugins.require([{ ...use('ours/any'), options: {} }], 'binary')).rejects.toThrow(
      "options of 'ours/any'; expected what the plug-in takes (it says: Error: do is missing). Correct the spec.",
    );
  });
});

describe('the options of a spec', () => {
  it('are refused by name when the plug-in has no answer to them, and asked no more when nobody waits', async () => {
    const other = join(folder, 'endless.mjs');
    const gate = '{ judge() {}, options: { parse() { for (;;); } } }';
    writeFileSync(other, `export default { name: 'endless', version: '1', gates: { g: ${gate} } };`);
    const endless = await openPlugins([other], { eachMs: 600, allMs: 900 });
    const asked = [{ ...use('endless/g'), options: {} }];
    await expect(endless.require(asked, 'binary')).rejects.toMatchObject({
      type: 'plugin-options',
      message:
        "options of 'endless/g'; expected what the plug-in takes (it says: it did not answer within 0.6 s). Correct the spec.",
    });
    const stop = new AbortController();
    const cancelled = plugins.require([{ ...use('ours/any'), options: {} }], 'binary', stop.signal);
    stop.abort(new Error('nobody waits'));
    await expect(cancelled).rejects.toThrow('nobody waits');
  });
});

describe('a plug-in', () => {
  it('answers, and sees nothing of the worker’s environment but what is named for it', async () => {
    process.env['PLUGIN_TOKEN'] = 'for ours';
    process.env['PERENNIAL_PAYLOAD_KEYS'] = 'secret';
    try {
      const env = await ask({ do: 'env' });
      expect(env).toMatchObject({ PLUGIN_TOKEN: 'for ours', PATH: process.env['PATH'] });
      expect(JSON.stringify(env)).not.toContain('secret');
    } finally {
      delete process.env['PLUGIN_TOKEN'];
      delete process.env['PERENNIAL_PAYLOAD_KEYS'];
    }
  });

  const failures: readonly (readonly [string, RegExp])[] = [
    [
      'throw',
      /^'ours\/any' \(TypeError: no such column\); expected an answer, not an error\. Mend the plug-in\./,
    ],
    ['later', /an error that nobody caught: late/],
    ['exit', /its thread ended with code 3/],
    ['function', /its answer cannot be copied: /],
  ];
  // Each starts a thread: all of them in the soak run.
  const some = process.env['PERENNIAL_SOAK'] === '1' ? failures : failures.slice(0, 2);
  it.each(some)('that does "%s" is a named failure', async (what, message) => {
    await expect(ask({ do: what })).rejects.toMatchObject({
      type: 'plugin-failed',
      message: expect.stringMatching(message),
    });
  });

  it('that never answers ends with its thread, after its time or when nobody waits any more', async () => {
    await expect(ask({ do: 'loop' }, 'quick')).rejects.toThrow(
      /did not answer within 0\.7 s\); expected an answer within its time limit/,
    );
    const stop = new AbortController();
    const asked = ask({ do: 'loop' }, 'any', stop.signal);
    stop.abort(new Error('no longer needed'));
    await expect(asked).rejects.toThrow('no longer needed');
  });

  it('tells how far its training is; what is no progress is its own error, what a library posts is not heard', async () => {
    const part = plugins.find(use('ours/telling', 'trainer'), 'regression');
    const of = { options: {} } as never; // the trainer of this test reads nothing
    const heard: unknown[] = [];
    const onProgress = (news: unknown): void => void heard.push(news);
    await expect(
      callPlugin(part, { what: 'train', name: 'telling', of }, { onProgress }),
    ).rejects.toMatchObject({
      type: 'plugin-failed',
      message: expect.stringContaining('TypeError: progress: epoch: expected a number'),
    });
    expect(heard).toEqual([{ epoch: 3, epochs: 10, loss: 0.5 }]);
    const deaf = (): never => {
      throw new Error('nobody may be told');
    };
    await expect(
      callPlugin(part, { what: 'train', name: 'telling', of }, { onProgress: deaf }),
    ).rejects.toThrow('nobody may be told');
  });

  it('that waits for a program is not waited for when it is to stop', async () => {
    const stop = new AbortController();
    const pid = join(folder, 'pid');
    const asked = ask({ do: 'program', file: pid }, 'any', stop.signal);
    const child = await vi.waitFor(() => {
      const written = Number(readFileSync(pid, 'utf8'));
      expect(written).toBeGreaterThan(0);
      return written;
    }, 60_000);
    try {
      stop.abort(new Error('no longer needed'));
      await expect(asked).rejects.toThrow('no longer needed');
      expect(process.kill(child, 0)).toBe(true);
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });

  it('that is not what the worker loaded, or what the decision began with, is refused', async () => {
    const part = plugins.find(use('ours/any'), 'regression');
    requirePinned(part, [{ plugin: 'ours', sha256: part.ref.sha256 }]);
    expect(() => requirePinned(part, [{ plugin: 'ours', sha256: '0'.repeat(64) }])).toThrow(
      /^sha256 of plug-in 'ours' is '[0-9a-f]{12}'; expected 000000000000, as when this retrain began\. Start every worker/,
    );
    // A file that it imports counts, too.
    write(`${ANSWERS}\n// another thought`);
    await expect(ask({ do: 'echo' })).rejects.toThrow(
      /as when this worker started\. Start every worker again/,
    );
    write(ANSWERS);
  });
});
