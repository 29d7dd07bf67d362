import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes an executable shell script, with the folders above it. */
export function writeProgram(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** What a Temporal CLI with this server prints as its version, as a shell line. */
export const sayVersion = (server = '1.31.2', cli = '1.8.2'): string =>
  `echo "temporal version ${cli} (Server ${server}, UI 2.50.1)"`;
