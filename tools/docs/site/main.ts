import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildSite } from './build.js';

const root = resolve(import.meta.dirname, '../../..');
/** Git ignores it. It is emptied first. */
const out = join(root, 'site');

const site = buildSite(root);
rmSync(out, { recursive: true, force: true });
for (const [path, content] of site) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
}
process.stdout.write(`site: ${site.size} files; open site/index.html\n`);
