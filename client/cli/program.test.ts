import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleManifest } from '../../storage/fixtures.js';
import { putJsonArtifact } from '../../storage/objects/artifacts.js';
import { Perennial } from '../sdk/perennial.js';
import { createCli } from './program.js';
import { keptIo } from './test-io.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-cli-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const state = ['--state', join(folder, 'state')];
const nowhere = [...state, '--address', '127.0.0.1:1'];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const io = keptIo();
  const code = await createCli(io).run(args);
  return { code, out: io.written.join('\n'), err: io.noted.join('\n') };
}

/** Command line → exit code, and what its one line of error must name. */
const BAD: [string, string[], number, RegExp][] = [
  ['an unknown command', ['bogus'], 2, /unknown command 'bogus'/],
  ['a misspelt command', ['retrian', 'm'], 2, /Did you mean retrain\?/],
  ['an unknown flag', ['status', '--colour'], 2, /unknown option '--colour'/],
  ['a misspelt flag', ['ledger', 'm', '--att', 'x'], 2, /Did you mean --at\?/],
  ['a missing argument', ['retrain'], 2, /missing required argument 'model'/],
  ['one argument too many', ['pause', 'a', 'b'], 2, /too many arguments/],
  ['a flag without its value', ['retrain', 'm', '--as-of'], 2, /argument missing/],
  ['a time in words', ['ledger', 'm', '--at', 'yesterday'], 2, /'yesterday'; expected ISO 8601/],
  ['a time with a 13th month', ['check', 'm', '--as-of', '2011-13-01'], 2, /'2011-13-01'/],
  ['a version in words', ['promote', 'm', 'latest', '--override', '--reason', 'x'], 2, /version is 'latest'/],
  [
    'a grace in words',
    ['prune', '--older-than', 'long'],
    2,
    /duration is 'long'; expected a number and a unit/,
  ],
  ['version zero', ['rollback', 'm', '--to', '0'], 2, /version is '0'/],
  ['a negative version', ['approve', 'm', '--candidate', '-1'], 2, /version is '-1'/],
  ['a promotion without --override', ['promote', 'm', '3', '--reason', 'x'], 2, /expected --override/],
  ['a promotion without a reason', ['promote', 'm', '3', '--override'], 2, /--reason/],
  ['a promotion with an empty reason', ['promote', 'm', '3', '--override', '--reason', ' '], 2, /--reason/],
  ['a trainer that the demo does not know', ['demo', '--trainer', 'forest'], 2, /--trainer is 'forest'/],
  ['a port out of range', ['up', '--port', '70000'], 2, /port is '70000'/],
  ['webhooks that are not there', ['worker', '--webhooks', '/no/such.json'], 2, /no\/such\.json \(ENOENT/],
  ['a number of events in words', ['notify', '--limit', 'all'], 2, /number is 'all'/],
  ['a port in words', ['serve', '--port', 'http'], 2, /port is 'http'/],
  ['approvers without names', ['up', '--approvers', 'ml-leads='], 2, /--approvers is 'ml-leads='/],
  ['an unknown model', ['versions', 'nope', ...state], 2, /model is 'nope'/],
  ['an unknown model in the ledger', ['ledger', 'nope', ...state], 2, /model is 'nope'/],
  ['no file to score', ['predict', 'm', ...state], 2, /--input/],
  [
    'a file to score that is missing',
    ['predict', 'm', '--input', '/no/such.csv', ...state],
    2,
    /no such file/,
  ],
  ['a spec that is missing', ['apply', '/no/such.json', '--dry-run'], 2, /no\/such\.json/],
  ['a server that does not answer', ['status', 'm', ...nowhere], 1, /Temporal server is '127\.0\.0\.1:1'/],
];

describe('perennial', () => {
  it.each(BAD)('refuses %s in one line', { timeout: 20_000 }, async (_, args, code, message) => {
    const result = await run(...args);
    expect(result.err.split('\n').filter((line) => !line.endsWith('…'))).toHaveLength(1);
    expect(result.err).toMatch(message);
    // The code by which docs/troubleshooting.md has it.
    expect(result.err).toMatch(/ \((commander\.)?[a-zA-Z]+(-[a-z0-9]+)*\)$/);
    expect(result.code).toBe(code);
    expect(result.out).toBe('');
  });

  it('prints errors as one line of JSON with --json', async () => {
    const { code, out, err } = await run('ledger', 'm', '--at', 'never', '--json');
    expect(JSON.parse(out)).toMatchObject({ error: { type: 'bad-input', exitCode: 2 } });
    expect(err).toBe('');
    expect(code).toBe(2);
  });

  it('names the whole of an empty, truncated or wrongly typed file to score', async () => {
    for (const [name, text] of [
      ['empty.csv', ''],
      ['cut.json', '[{"temp": 0.4'],
      ['number.json', '42'],
      ['short.csv', 'temp,hum\n0.4\n'],
      ['rows.xlsx', 'PK'],
    ] as const) {
      const { code, err } = await run('predict', 'm', '--input', file(name, text), ...state);
      expect(err).toContain(name);
      expect(code).toBe(2);
    }
  });

  it('refuses a spec with every problem named, and changes nothing', async () => {
    const { code, err } = await run(
      'apply',
      file('bad.json', '{"model":"Bad Name","feature":{}}'),
      '--dry-run',
    );
    expect(err).toMatch(/model/);
    expect(err).toMatch(/feature/);
    expect(code).toBe(2);
  });

  it('shows an example in the help of every command', async () => {
    const cli = createCli(keptIo());
    const names = cli.program.commands.map((command) => command.name());
    expect(names).toEqual(
      expect.arrayContaining(['demo', 'up', 'worker', 'serve', 'doctor', 'apply', 'status']),
    );
    for (const name of names) {
      const { code, out } = await run(name, '--help');
      expect(out).toContain(`Example:\n  `);
      expect(out).toContain('--json');
      expect(out.split('\n').every((line) => line.length <= 100)).toBe(true);
      expect(code).toBe(0);
    }
  });

  it('calls the same thing by the same flag in every command, with the same kind of value', () => {
    const { commands } = createCli(keptIo()).program;
    const written = new Map<string, Set<string>>();
    for (const { long, flags } of commands.flatMap(({ options }) => options))
      written.set(long ?? flags, (written.get(long ?? flags) ?? new Set()).add(flags));
    expect([...written.values()].filter((forms) => forms.size > 1)).toEqual([]);
    const names = [...written.keys()];
    // Not two names for one thing: `--score` and `--scores`, `--as-of` and `--asof`.
    const bare = (name: string): string => name.replaceAll('-', '').replace(/s$/, '');
    const meant = ['--column', '--columns', '--test', '--tests'];
    const alike = names.filter((name) => names.some((one) => one !== name && bare(one) === bare(name)));
    expect(alike.filter((name) => !meant.includes(name))).toEqual([]);
    // Who asks may say why, and what goes to a server can be pointed at one.
    const having = (flag: string): string[] =>
      commands.filter(({ options }) => options.some(({ long }) => long === flag)).map((one) => one.name());
    expect(having('--by')).toEqual(expect.arrayContaining(having('--reason')));
    for (const flag of ['--address', '--namespace', '--state'])
      expect(having(flag)).toEqual(expect.arrayContaining(having('--by')));
  });

  it('prints its help without arguments and its version when asked', async () => {
    expect((await run()).out).toContain('Start with: perennial demo');
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('says what to do next where nothing was applied yet', async () => {
    const { code, out } = await run('status', ...nowhere);
    expect(out).toContain('perennial apply');
    expect(code).toBe(0);
  });

  it('tells which inputs move a version of boosted trees, and that no other trainer can', async () => {
    const perennial = Perennial.open({ state: join(folder, 'state') });
    const input = (name: string, meanAbsolute: number) => ({
      ...{ name, splits: 3, gain: 2, meanAbsolute, mean: [0] },
    });
    const explanation = await putJsonArtifact(perennial.store, {
      ...{ format: 'perennial-explanation/1', rows: 10, base: [1] },
      inputs: [input('hum', 0.5), input('temp', 4.25)],
    });
    await perennial.registry.register({ ...sampleManifest(1, 'explained'), explanation });
    await perennial.registry.register(sampleManifest(2, 'explained'));
    const { code, out } = await run('versions', 'explained', '--explain', '1', ...state);
    expect(out).toMatch(/temp +4\.250 +50\.0 % +3\nhum +0\.5000 /);
    expect(code).toBe(0);
    const other = await run('versions', 'explained', '--explain', '2', ...state);
    expect(other.err).toMatch(/version 2 is 'trainer linear'; expected a version of boosted trees/);
    expect(other.code).toBe(2);
  });
});
