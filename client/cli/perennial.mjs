#!/usr/bin/env node
// The installed command: runs the compiled program. In the repository, where the sources lie beside it, it teaches Node to read
// TypeScript and runs those.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('./main.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
  await import(source.href);
} else {
  await import('../../dist/client/cli/main.js');
}
