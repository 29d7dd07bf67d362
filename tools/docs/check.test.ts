import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkCommands, simpleCommands } from './check-commands.js';
import { checkLinks } from './check-links.js';
import { checkSnippets } from './check-snippets.js';
import { checkTypes } from './check-types.js';
import { perennialProgram } from './cli-page.js';
import { parsePage, slug } from './markdown.js';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'perennial-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = (...lines: string[]) => parsePage('docs/page.md', lines.join('\n'));
const block = (language: string, ...lines: string[]) => page(`\`\`\`${language}`, ...lines, '```');
const messages = (problems: readonly { message: string }[]): string[] =>
  problems.map(({ message }) => message);

describe('a page', () => {
  it('gives fences with the line of their content, also indented ones', () => {
    const { fences } = page('text', '- item', '  ```sh', '  npm test', '  ```');
    expect(fences).toEqual([{ line: 4, language: 'sh', text: '  npm test' }]);
  });

  it('keeps a fence within a longer fence as text', () => {
    const { fences } = page('````text', '```json', '{}', '```', '````');
    expect(fences).toHaveLength(1);
  });

  it('has anchors as GitHub makes them', () => {
    expect(slug('Two clocks: event time & `wall`')).toBe('two-clocks-event-time--wall');
    expect(page('# A', '## A').anchors).toEqual(new Set(['a', 'a-1']));
  });

  it('has no links inside code', () => {
    expect(page('`[a](b.md)` and [c](d.md)').links).toEqual([{ line: 1, target: 'd.md' }]);
  });
});

describe('links', () => {
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs', 'other.md'), '# Other\n\n## Two words\n');
  const check = (text: string) => messages(checkLinks(folder, page(text)));

  it.each([
    'see [it](other.md)',
    'see [it](other.md#two-words)',
    'see [it](https://example.com/gone)',
    '# Here\n[it](#here)',
  ])('accepts %s', (text) => expect(check(text)).toEqual([]));

  it.each([
    ['[it](gone.md)', 'no docs/gone.md'],
    ['[it](other.md#three)', "no heading '#three'"],
    ['[it](#nowhere)', "no heading '#nowhere'"],
    ['![it](images/gone.png)', 'no docs/images/gone.png'],
    ['[it](../../etc/passwd)', 'outside the repository'],
  ])('refuses %s', (text, why) => expect(check(text)).toEqual([expect.stringContaining(why)]));
});

describe('command lines', () => {
  const known = {
    program: perennialProgram(),
    scripts: {
      test: 'vitest run',
      demo: 'node client/cli/main.ts demo',
      perennial: 'node client/cli/main.ts',
    },
  };
  const check = (...lines: string[]) => messages(checkCommands(block('sh', ...lines), known));

  it.each([
    'perennial status',
    'perennial retrain bike-demand --wait --reason "a --wrong flag in a text"',
    'PERENNIAL_BY=ada perennial approve bike-demand && npm test',
    'npm run demo -- --json | tail -1',
    'npm run -s demo -- --keep',
    'npm install && npm run perennial -- ledger bike-demand --at 2012-03-01',
    'git clone https://example.com/x # perennial nothing',
  ])('accepts: %s', (line) => expect(check(line)).toEqual([]));

  it.each([
    ['perennial backtrack model.ts', "'perennial backtrack' does not exist"],
    ['perennial status --colour', "has no flag '--colour'"],
    ['echo a && perennial ledger m --since=2011', "has no flag '--since'"],
    ['npm run demos', "no script 'demos'"],
    ['npm run demo -- --fast', "'perennial demo' has no flag '--fast'"],
    ['npm run perennial -- explode m', "'perennial explode' does not exist"],
    ['npm publish', "'npm publish'"],
  ])('refuses: %s', (line, why) => expect(check(line)).toEqual([expect.stringContaining(why)]));

  it('joins lines that end with a backslash, and names the first', () => {
    const problems = checkCommands(block('sh', 'npm test', 'perennial status \\', '  --colour'), known);
    expect(problems).toEqual([expect.objectContaining({ line: 3 })]);
  });

  it('reads inline code too', () => {
    expect(messages(checkCommands(page('Run `perennial appply <spec>`.'), known))).toHaveLength(1);
    expect(messages(checkCommands(page('Run `perennial apply <spec>`.'), known))).toEqual([]);
  });

  it('splits a line into its commands', () => {
    expect(simpleCommands('A=1 b "c d" | e; f')).toEqual([['b', 'c d'], ['e'], ['f']]);
  });
});

describe('spec snippets', () => {
  it('accepts part of a spec in YAML', () => {
    expect(checkSnippets(block('yaml', 'rollout:', '  first: auto'))).toEqual([]);
  });

  it('refuses an unknown key in a part of a spec', () => {
    const problems = checkSnippets(block('yaml', 'rollout:', '  firts: auto'));
    expect(messages(problems)).toEqual([expect.stringContaining('rollout.firts')]);
  });

  it('refuses a whole spec that lacks something', () => {
    expect(
      checkSnippets(block('json', '{"model": "m", "task": {"kind": "regression"}}')).length,
    ).toBeGreaterThan(2);
  });

  it('refuses JSON that cannot be read', () => {
    expect(messages(checkSnippets(block('json', '{"a": …}')))).toEqual([
      expect.stringContaining('cannot be read'),
    ]);
  });

  it('leaves other JSON alone', () => {
    expect(checkSnippets(block('json', '{"version": 2, "decision": "approve"}'))).toEqual([]);
  });
});

describe('TypeScript snippets', () => {
  it('names the line of what does not compile', () => {
    const good = block(
      'ts',
      "import { millis } from './domain/duration.js';",
      "const ms: number = millis('1 day');",
    );
    const bad = parsePage('docs/bad.md', '```ts\nconst a = 1;\nconst b: string = a;\n```');
    expect(checkTypes(root, [good, bad])).toEqual([
      { path: 'docs/bad.md', line: 3, message: expect.stringContaining("'number' is not assignable") },
    ]);
  });
});
