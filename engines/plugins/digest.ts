import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { unusablePlugin } from './errors.js';

/** The files of a plug-in's own code, as its imports were when the worker loaded it. */
export interface PluginCode {
  /** The module, as it was named; it may be a link. */
  readonly file: string;
  /** Of every file, beside the folder that the module is really in. */
  readonly places: readonly string[];
  /** Imports that went by a link, and what they led to. */
  readonly links: readonly { readonly written: string; readonly place: string }[];
}

/**
 * Finds the module and every file that it imports by a path. Packages of npm do not count: your lock file names those. Throws
 * `plugin-unusable` for a file that is missing or no module; any other error is one of the machine's.
 */
export async function findCode(file: string, read: typeof build = build): Promise<PluginCode> {
  const entry = await realpath(file).catch((error: unknown) => {
    throw isGone(error) ? unusablePlugin(file, 'there is no such file', error) : error;
  });
  const folder = dirname(entry);
  const { inputs } = await importsOf(file, { entry, folder, read });
  const links: { written: string; place: string }[] = [];
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path: place, original = '' } of imports) {
      const written = relative(folder, resolve(folder, dirname(importer), original));
      if (!original.startsWith('.') || written === place) continue;
      if ((await placeOf(folder, written)) === place) links.push({ written, place });
    }
  }
  return { file, places: Object.keys(inputs).sort(), links };
}

/**
 * Names code by a sha256 over every file: its place beside the module, and its bytes; equal on every machine that has equal files. `gone` when a
 * file is no longer there or a link leads elsewhere. Throws what the machine throws when it cannot read.
 */
export async function pluginDigest({ file, places, links }: PluginCode): Promise<string> {
  try {
    const folder = dirname(await realpath(file));
    for (const { written, place } of links) if ((await placeOf(folder, written)) !== place) return 'gone';
    const hash = createHash('sha256');
    for (const place of places) {
      const bytes = await readFile(resolve(folder, place));
      hash.update(`${place}\n${bytes.length}\n`).update(bytes);
    }
    return hash.digest('hex');
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw new Error(`the files of plug-in ${file} cannot be read now: ${String(error)}`, { cause: error });
  }
}

async function importsOf(
  file: string,
  { entry, folder, read }: { entry: string; folder: string; read: typeof build },
): Promise<Metafile> {
  try {
    const { metafile } = await read({
      ...{ entryPoints: [entry], absWorkingDir: folder, bundle: true, write: false, metafile: true },
      ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' },
      external: ['perennial', 'perennial/*'],
    });
    return metafile;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('errors' in error) throw unusablePlugin(file, error.message.split('\n').join(' '), error);
    throw new Error(`esbuild could not read plug-in ${file}: ${error.message}`, { cause: error });
  }
}

/** Where a path really leads, beside the folder; undefined for nowhere. */
async function placeOf(folder: string, written: string): Promise<string | undefined> {
  const real = await realpath(resolve(folder, written)).catch((error: unknown) => {
    if (isGone(error)) return undefined;
    throw error;
  });
  return real === undefined ? undefined : relative(folder, real);
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR|EISDIR|ELOOP)$/.test(String(error.code));
