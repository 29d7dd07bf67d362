import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleManifest } from '../../storage/fixtures.js';
import { Perennial } from '../sdk/perennial.js';
import { JSON_SCHEMAS, WITHOUT_RESULT } from './json-schemas.js';
import { createCli } from './program.js';
import { keptIo } from './test-io.js';
import { documented } from './test-json.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-json-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function json(...args: string[]): Promise<unknown> {
  const io = keptIo();
  await createCli(io).run([...args, '--json']);
  return documented(args, io.written.join('\n'));
}

describe('what commands print with --json', () => {
  it('is documented for every command that prints a result', () => {
    const commands = createCli(keptIo()).program.commands.map((command) => command.name());
    const forms = Object.keys(JSON_SCHEMAS).map((form) => form.split(' ')[0] ?? '');
    expect([...new Set([...forms, ...WITHOUT_RESULT])].sort()).toEqual([...commands].sort());
    for (const name of WITHOUT_RESULT) expect(forms).not.toContain(name);
  });

  it('is what is documented, of commands that need no server', async () => {
    const days = Array.from({ length: 400 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString());
    writeFileSync(
      at('rows.csv'),
      `at,x,y\n${days.map((day, i) => `${day},${i % 9},${(i * 7) % 11}`).join('\n')}\n`,
    );
    const drafted = await json(
      'init',
      at('rows.csv'),
      '--label',
      'y',
      '--model',
      'rows',
      '--out',
      at('m.yaml'),
    );
    expect(drafted).toMatchObject({ spec: { model: 'rows', task: { label: 'y' } } });
    expect(await json('apply', at('m.yaml'), '--dry-run')).toMatchObject({ model: 'rows' });
    expect(await json('completion', 'bash')).toMatchObject({ shell: 'bash' });
    expect(await json('drift', at('rows.csv'), at('nowhere.csv'))).toMatchObject({ error: { exitCode: 2 } });
  });

  it('names of every version what trained it', async () => {
    const state = ['--state', at('state')];
    const perennial = Perennial.open({ state: at('state') });
    const { trainer, ...manifest } = sampleManifest(1, 'rides');
    await perennial.registry.register({ ...manifest, trainer });
    const program = { name: 'scikit-learn', version: '1.7' };
    await perennial.registry.register({ ...manifest, trainer: { ...trainer, kind: 'command', program } });
    expect(await json('versions', 'rides', ...state)).toMatchObject([
      { version: 1, trainer: 'linear', program: null },
      { version: 2, trainer: 'command', program },
    ]);
    const shown = async (width: number): Promise<string[]> => {
      const io = { ...keptIo(), width };
      await createCli(io).run(['versions', 'rides', ...state]);
      return io.written.join('\n').split('\n');
    };
    expect((await shown(120))[2]).toMatch(/command scikit-learn 1\.7/);
    for (const width of [80, 60, 40])
      expect((await shown(width)).filter((line) => [...line].length > width)).toEqual([]);
  });
});
