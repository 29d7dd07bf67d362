import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { unusablePlugin } from './errors.js';

/**
 * Names the code of a plug-in: sha256 over the module and every file that it imports by a path, each by its place beside the module
 * and its bytes. Equal on every machine that has equal files. Packages of npm do not count: your lock file names those. Throws
 * `plugin-unusable` for a file that is missing or no module.
 */
export async function pluginDigest(file: string): Promise<string> {
  const folder = dirname(file);
  const hash = createHash('sha256');
  for (const each of (await filesOf(file, folder)).sort()) {
    const bytes = await readFile(resolve(folder, each));
    hash.update(`${relative(folder, resolve(folder, each))}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

async function filesOf(file: string, folder: string): Promise<string[]> {
  try {
    const { metafile } = await build({
      ...{ entryPoints: [file], absWorkingDir: folder, bundle: true, write: false, metafile: true },
      ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' },
      external: ['perennial', 'perennial/*'],
    });
    return Object.keys(metafile.inputs);
  } catch (error) {
    throw unusablePlugin(
      file,
      error instanceof Error ? error.message.split('\n').join(' ') : String(error),
      error,
    );
  }
}
