import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureTemporalBinary } from '../../client/servers/temporal-binary.js';
import { startTemporalServer } from '../../client/servers/temporal-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the dev server that all system tests share. */
    temporalAddress: string;
    temporalNamespace: string;
    /** Web UI of that server. */
    temporalUiUrl: string;
  }
}

/** Gets the Temporal CLI (minutes on a machine that never had it) and starts one server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = (line: string): void => console.log(line);
  const binary = await ensureTemporalBinary({ progress });
  const dataDir = mkdtempSync(join(tmpdir(), 'perennial-temporal-'));
  const server = await startTemporalServer({ dataDir, binary, progress });
  project.provide('temporalAddress', server.address);
  project.provide('temporalNamespace', server.namespace);
  project.provide('temporalUiUrl', server.uiUrl);
  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
