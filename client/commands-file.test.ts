import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommandsFile } from './commands-file.js';

const folder = mkdtempSync(join(tmpdir(), 'perennial-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, 'commands.yaml');
  writeFileSync(path, text);
  return path;
}

describe('a file of commands', () => {
  it('is read as YAML and as JSON, with defaults', async () => {
    const yaml =
      'lightgbm:\n  command: /opt/python\n  args: [/opt/train.py]\n  version: "4"\n  timeout: 30 minutes\n';
    const read: unknown = JSON.parse(await readCommandsFile(file(yaml)));
    const lightgbm = { command: '/opt/python', args: ['/opt/train.py'], version: '4', timeout: '30 minutes' };
    expect(read).toEqual({ lightgbm: { ...lightgbm, env: {}, inherit: [] } });
    expect(JSON.parse(await readCommandsFile(file(JSON.stringify({ lightgbm }))))).toEqual(read);
  });

  it.each([
    ['lightgbm: {command: bin/python, version: "4"}', /lightgbm\.command: an absolute path, or a name/],
    ['lightgbm: {command: python3}', /lightgbm: either 'version' or 'versionArgs'/],
    ['lightgbm: {command: python3, version: "4", shell: true}', /lightgbm: Unrecognized key: "shell"/],
    ['lightgbm: [', /commands\.yaml \(/],
  ])('that says %s is refused', async (text, message) => {
    const read = readCommandsFile(file(text));
    await expect(read).rejects.toMatchObject({ type: 'commands-unreadable' });
    await expect(read).rejects.toThrow(message);
  });

  it('that is not there is refused', async () => {
    await expect(readCommandsFile(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml \(ENOENT/);
  });
});
