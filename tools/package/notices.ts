import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const PACKAGE = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** What notices are made from. */
export interface NoticesInput {
  /** The folder of node_modules. */
  readonly root: string;
  readonly dist: string;
  /** Paths of the modules that the package holds copies of, relative to `root`. */
  readonly modules: readonly string[];
}

/**
 * Writes `THIRD-PARTY-NOTICES.txt`: the licence of every package whose code the bundles hold; all others are installed beside Perennial with
 * their own. Gives their names. Throws when one of them has no licence file.
 */
export function writeNotices({ root, dist, modules }: NoticesInput): string[] {
  const names = [...new Set(modules.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []))].sort();
  const notices = names.map((name) => noticeOf(join(root, 'node_modules', name)));
  const head = `The bundles of workflows in this folder hold code of the packages below. Perennial itself: see LICENSE.\n`;
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), [head, ...notices].join(`\n${'-'.repeat(80)}\n\n`));
  return names;
}

function noticeOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifestSchema.parse(manifest);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`${name} ${version} (${license}) has no licence file to quote`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
