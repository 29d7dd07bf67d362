import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Files that run as they are, beside the compiled ones. */
export const ASSETS = [
  'client/processes/follow-parent.mjs',
  'engines/training/command/supervise-program.mjs',
  'engines/training/trees/kernel.wasm',
  'serving/scoring/watchdog.mjs',
] as const;

/** Compiles the rooms to dist/ by `tools/package/tsconfig.json`. Throws with the compiler's words. */
export function compile(root: string): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  const args = [tsc, '--project', join(root, 'tools/package/tsconfig.json')];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc ended with ${String(status)}: ${stdout}${stderr}`);
}

/** Copies what the compiler leaves behind. */
export function copyAssets(root: string, dist: string): void {
  for (const asset of ASSETS) copyFileSync(join(root, asset), join(dist, asset));
}
