import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dropUnusedDeclarations } from './declarations.js';

const dist = mkdtempSync(join(tmpdir(), 'perennial-declarations-'));
afterAll(() => rmSync(dist, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dist, name)), { recursive: true });
  writeFileSync(join(dist, name), text);
}

describe('declarations', () => {
  it('stay when a root reaches them, however they are imported; others go', () => {
    write('index.d.ts', 'export * from \'./a/one.js\';\nexport declare const x: import("./two.js").Two;');
    write('a/one.d.ts', "import type { Three } from '../three.js';");
    for (const name of ['two', 'three', 'four']) write(`${name}.d.ts`, 'export {};');
    expect(dropUnusedDeclarations(dist, ['index.d.ts'])).toBe(1);
    expect(['two', 'three', 'four'].map((name) => existsSync(join(dist, `${name}.d.ts`)))).toEqual([
      ...[true, true, false],
    ]);
  });

  it('are refused when one that is imported does not exist', () => {
    write('broken.d.ts', "export * from './missing.js';");
    expect(() => dropUnusedDeclarations(dist, ['broken.d.ts'])).toThrow(/missing\.d\.ts is imported/);
  });
});
