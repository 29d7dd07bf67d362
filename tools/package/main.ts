import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../client/servers/project-root.js';
import { compile, copyAssets } from './compile.js';
import { dropUnusedDeclarations } from './declarations.js';
import { writeNotices } from './notices.js';
import { bundleWorkflows } from './workflows.js';

// `npm pack` runs this first (`prepack`): it makes dist/, which is what an installed Perennial runs. In the repository nothing reads it.
const root = projectRoot();
const dist = join(root, 'dist');
const step = (line: string): boolean => process.stderr.write(`dist: ${line}\n`);

rmSync(dist, { recursive: true, force: true });
step('compiling');
compile(root);
copyAssets(root, dist);
const dropped = dropUnusedDeclarations(dist, ['client/index.d.ts', 'stats/index.d.ts']);
step(`${dropped} declarations that no import by name reaches are dropped`);
const modules = await bundleWorkflows(dist);
const packages = writeNotices({ root, dist, modules });
step(`workflows bundled; they hold code of ${packages.join(', ')}`);
