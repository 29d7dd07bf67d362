import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../client/servers/project-root.js';

const lockSchema = z.object({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })),
});

/** Runs `npm pack`, which compiles first, and gives the path of the packed file in `folder`. */
export function pack(folder: string): string {
  // The name is the last line that npm prints.
  const args = ['pack', '--ignore-scripts=false', '--pack-destination', folder];
  const said = execFileSync('npm', args, { cwd: projectRoot(), encoding: 'utf8', stdio: 'pipe' });
  const name = said.trim().split('\n').at(-1) ?? '';
  return join(folder, name);
}

/**
 * Makes an empty project of type `commonjs`, as `npm init -y` does, that has the packed file installed. What it depends on is linked from
 * this repository instead of fetched: only what the lock does not mark as for development.
 */
export function installLinked(packed: string, folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  const manifest = { name: 'consumer', version: '1.0.0', type: 'commonjs' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('tar', ['-xzf', packed, '-C', modules]);
  renameSync(join(modules, 'package'), join(modules, 'perennial'));
  for (const name of runtimePackages()) {
    const target = join(projectRoot(), 'node_modules', name);
    if (!existsSync(target)) continue; // for another platform
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(target, join(modules, name), 'junction');
  }
}

function runtimePackages(): string[] {
  const lock: unknown = JSON.parse(readFileSync(join(projectRoot(), 'package-lock.json'), 'utf8'));
  return Object.entries(lockSchema.parse(lock).packages).flatMap(([path, { dev }]) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    return name === undefined || dev === true ? [] : [name];
  });
}
