import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { PerennialError } from '../domain/errors.js';
import { parseSpec } from '../domain/spec/parse-spec.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import { defaultOf } from '../engines/threads/default-export.js';
import { allowTypeScript } from '../engines/threads/typescript.js';

const MAX_BYTES = 1024 * 1024;

type Reader = (file: string) => Promise<unknown>;

const READERS: Readonly<Record<string, Reader>> = {
  '.json': async (file) => parseJson(file, await readText(file)),
  '.yaml': async (file) => parseYaml(file, await readText(file)),
  '.yml': async (file) => parseYaml(file, await readText(file)),
  '.ts': importModule,
  '.mts': importModule,
  '.js': importModule,
  '.mjs': importModule,
};

/**
 * Reads the spec in a file: JSON, YAML, or a module whose default export is the spec, in TypeScript too. Throws a PerennialError: `spec-unreadable` when the file is missing, too large or not what its
 * name says, with the line of a mistake in JSON or YAML; `spec-invalid` with every problem when its content is no spec.
 */
export async function readSpecFile(file: string): Promise<ModelSpec> {
  const reader = READERS[extname(file).toLowerCase()];
  if (reader === undefined) {
    const allowed = `a file named ${Object.keys(READERS).join(', ')}`;
    throw unreadable({ thing: 'spec file', value: file, allowed, next: 'Rename it, or name another file.' });
  }
  await assertReadable(file);
  return inFile(file, await reader(file));
}

function inFile(file: string, content: unknown): ModelSpec {
  try {
    return parseSpec(content);
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error;
    const several = (error.refusal.problems?.length ?? 0) > 1;
    throw new PerennialError({ ...error.refusal, thing: several ? file : `${file}: ${error.refusal.thing}` });
  }
}

interface Unreadable {
  readonly thing: string;
  readonly value?: string;
  readonly allowed: string;
  readonly next: string;
}

function unreadable(refusal: Unreadable, cause?: unknown): PerennialError {
  return new PerennialError({ type: 'spec-unreadable', ...refusal }, { cause });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function assertReadable(file: string): Promise<void> {
  const allowed = `a file of at most ${MAX_BYTES} bytes that this process may read`;
  const next = 'Check the path; it counts from the current folder.';
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw unreadable({ thing: file, value: `${size} bytes`, allowed, next });
  } catch (error) {
    if (error instanceof PerennialError) throw error;
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = absent ? '' : `${reasonOf(error)}. `;
    throw unreadable(
      {
        thing: 'spec file',
        value: file,
        allowed: absent ? 'a file that is there' : allowed,
        next: `${why}${next}`,
      },
      error,
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw unreadable(
      { thing: file, allowed: 'a file of UTF-8 text', next: `It cannot be read: ${reasonOf(error)}.` },
      error,
    );
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = reasonOf(error);
    // The engine names the place in some messages only; without one, the text ended too early.
    const position = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
    const before = text.slice(0, position).split('\n');
    const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw unreadable({ thing: place, allowed: 'JSON', next: `${reason}.` }, error);
  }
}

function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) {
    const { line, col } = lines.linePos(mistake.pos[0]);
    throw unreadable(
      { thing: `${file}:${line}:${col}`, allowed: 'YAML', next: `${mistake.message}.` },
      mistake,
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    throw unreadable({ thing: file, allowed: 'YAML with few aliases', next: `${reasonOf(error)}.` }, error);
  }
}

async function importModule(file: string): Promise<unknown> {
  let module: unknown;
  try {
    if (/\.m?ts$/i.test(file)) await allowTypeScript();
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const allowed = 'a module that can be imported';
    throw unreadable({ thing: file, allowed, next: `Importing it failed: ${reasonOf(error)}.` }, error);
  }
  const exported = defaultOf(module);
  if (exported !== undefined) return exported;
  const next = 'Write `export default defineModel({…})`.';
  throw unreadable({ thing: file, allowed: 'a module whose default export is a spec', next });
}
