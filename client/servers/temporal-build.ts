import { join } from 'node:path';
import { reportWhile } from './progress.js';
import { projectRoot } from './project-root.js';
import { failureOf, runCommand } from './run-command.js';
import type { FetchRequest } from './temporal-download.js';
import { isAtLeast, TEMPORAL_CLI_VERSION } from './temporal-version.js';

/** The oldest Go that builds tools/temporal-server. */
export const OLDEST_GO = '1.26.4';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const LIMIT_MS = 45 * 60_000;

/** The command, as a person would type it in the project's folder, that builds the Temporal CLI at `path`. */
export function buildLine(path: string): string {
  return `cd '${moduleFolder()}' && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o '${path}' ${PACKAGE}`;
}

/** The version of `go` on PATH, e.g. `1.26.8`; undefined when there is none that runs. */
export async function goVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Inside the module: a Go that may fetch newer toolchains answers with the one that it would build with.
  const result = await runCommand('go', ['version'], { cwd: moduleFolder(), env, timeoutMs: 120_000 });
  return /go version go(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1];
}

/** Builds the Temporal CLI from tools/temporal-server, whose go.sum fixes every byte of its sources. */
export async function buildWithGo({ folder, env, progress }: FetchRequest): Promise<string> {
  const version = await goVersion(env);
  if (version === undefined) throw new Error(`there is no 'go' on PATH; needed is Go ${OLDEST_GO} or newer`);
  if (!isAtLeast(version, OLDEST_GO)) throw new Error(`Go is ${version}; needed is ${OLDEST_GO} or newer`);
  progress(
    `building the Temporal server ${TEMPORAL_CLI_VERSION} with Go ${version}: about 4 minutes, once per machine`,
  );
  const file = join(folder, 'temporal');
  const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', file, PACKAGE];
  const work = runCommand('go', args, {
    cwd: moduleFolder(),
    env: { ...env, CGO_ENABLED: '0' },
    timeoutMs: LIMIT_MS,
  });
  const line = (elapsed: string): string => `building the Temporal server: ${elapsed} of about 4 minutes`;
  const result = await reportWhile(work, { progress, line });
  if (result.code !== 0) throw new Error(`go build failed: ${failureOf(result)}`);
  return file;
}

function moduleFolder(): string {
  return join(projectRoot(), 'tools', 'temporal-server');
}
