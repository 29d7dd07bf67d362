import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ASSETS } from './compile.js';

const root = join(import.meta.dirname, '../..');
const config = join(root, 'tools/package/tsconfig.json');

/** Forms in which sources name a file that nothing imports: what starts a thread. */
const NAMED = [
  /\bthreadEntry\('([^']+)'/g,
  /\bcreateThreadPool(?:<[^>]*>)?\('([^']+)'/g,
  /\.endsWith\('\.ts'\) \? '\.\/([\w-]+)\.ts'/g,
  /\bnew URL\('(?:\.\/)?([^'.][^']*)', import\.meta\.url\)/g,
];

function named(): string[] {
  const rooms = ['activities', 'client', 'engines', 'serving', 'storage', 'worker'];
  return rooms
    .flatMap((room) => ts.sys.readDirectory(join(root, room), ['.ts'], ['**/*.test.ts']))
    .map((file) => relative(root, file))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const names = NAMED.flatMap((form) => [...text.matchAll(form)].map(([, name = '']) => name));
      return names.map((name) => join(dirname(file), /\.\w+$/.test(name) ? name : `${name}.ts`));
    });
}

describe('what the package compiles', () => {
  it('includes every file that a thread or a program starts from by its name', () => {
    const { fileNames } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(config, ts.sys.readFile).config,
      ts.sys,
      dirname(config),
    );
    const brought = [...ASSETS, ...fileNames.map((file) => relative(root, file))];
    const needed = named();
    expect(needed).toEqual(
      expect.arrayContaining(['engines/threads/one-thread-entry.ts', 'engines/plugins/plugin-thread.ts']),
    );
    expect(needed.filter((file) => !brought.includes(file))).toEqual([]);
  });
});
