import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseSpec } from '../domain/spec/parse-spec.js';
import { sampleSpec } from '../domain/spec/sample-spec.js';
import { readSpecFile } from './spec-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-spec-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a spec file', () => {
  const json = JSON.stringify(sampleSpec(), null, 2);

  it.each([
    ['a.json', json],
    ['b.json', `\uFEFF${json}`],
    ['c.yaml', stringify(sampleSpec())],
    ['d.YML', json],
    ['e.mjs', `export default ${json};`],
    ['f.ts', `type Any = unknown; const spec: Any = ${json}; export default spec;`],
    ['made-common.js', `Object.assign(exports, { __esModule: true, default: ${json} });`],
  ])('%s gives the same spec', async (name, content) => {
    expect(await readSpecFile(file(name, content))).toEqual(parseSpec(sampleSpec()));
  });

  it('names the line and column of a mistake in JSON', async () => {
    const path = file('bad.json', '{\n  "model": "a",\n  "task" 3\n}');
    await expect(readSpecFile(path)).rejects.toThrow(`${path}:3:10; expected JSON.`);
    const cut = file('cut.json', json.slice(0, 40));
    await expect(readSpecFile(cut)).rejects.toThrow(`${cut}:4:1; `);
    const empty = file('empty.json', '');
    await expect(readSpecFile(empty)).rejects.toThrow(`${empty}:1:1; expected JSON.`);
  });

  it('names the line and column of a mistake in YAML', async () => {
    const path = file('bad.yaml', 'model: a\ntask:\n  kind: [regression\nsource: x\n');
    await expect(readSpecFile(path)).rejects.toThrow(`${path}:4:1; expected YAML.`);
    const twice = file('twice.yaml', 'model: a\nmodel: b\n');
    await expect(readSpecFile(twice)).rejects.toThrow(
      `${twice}:2:1; expected YAML. Map keys must be unique.`,
    );
    const tagged = file('tagged.yaml', 'model: !run "rm -rf"\n');
    await expect(readSpecFile(tagged)).rejects.toThrow(`${tagged}:1:8; expected YAML. Unresolved tag: !run.`);
  });

  it('names the file with a problem, and before several', async () => {
    const one = file('one.json', JSON.stringify({ ...sampleSpec(), modle: 'x' }));
    await expect(readSpecFile(one)).rejects.toThrow(`${one}: modle is 'x'; expected a key of the spec: `);
    const many = file('many.yaml', 'model: a\n');
    await expect(readSpecFile(many)).rejects.toThrow(`${many} has 5 problems:\n  - task is missing; `);
  });

  it.each([
    ['none.json', undefined, "none.json'; expected a file that is there. Check the path"],
    ['spec.toml', 'model = 1', 'expected a file named .json, .yaml, .yml, .ts, .mts, .js, .mjs.'],
    ['latin.json', Uint8Array.of(0x22, 0xe9, 0x22), 'expected a file of UTF-8 text.'],
    [
      'huge.json',
      ' '.repeat(1024 * 1024 + 1),
      "is '1048577 bytes'; expected a file of at most 1048576 bytes",
    ],
    ['throws.mjs', 'throw new Error("boom")', 'Importing it failed: boom.'],
    ['named.mjs', 'export const spec = {}', 'expected a module whose default export is a spec.'],
    ['aliases.yaml', bomb(), 'expected YAML with few aliases.'],
  ])('%s is refused', async (name, content, message) => {
    const path = content === undefined ? join(folder, name) : file(name, content);
    const refused = readSpecFile(path);
    await expect(refused).rejects.toMatchObject({ type: 'spec-unreadable' });
    await expect(readSpecFile(path)).rejects.toThrow(message);
  });
});

/** Text that unfolds to a billion members. */
function bomb(): string {
  const ten = (name: string): string => `[${Array.from({ length: 10 }, () => name).join(', ')}]`;
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} ${ten(`*l${i}`)}`);
  return `l0: &l0 ${ten('x')}\n${levels.join('\n')}\n`;
}
